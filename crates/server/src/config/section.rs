//! Sections of the configuration: a struct and its keys, written once by [`section!`].

use super::key::Key;
use super::sources::Sources;

/// A part of the configuration.
pub(crate) trait Section: Sized {
    /// What the section is about, for people.
    const ABOUT: &'static str;
    /// Its keys, in the order of the fields.
    const KEYS: &'static [Key];
    /// Reads every key; `None` if one was refused, which is then among `problems`.
    fn read(sources: &Sources, problems: &mut Vec<String>) -> Option<Self>;
}

/// Declares a section: each field with its documentation, key and kind. The documentation is what
/// `--help` and `docs/configuration.md` show.
macro_rules! section {
    (
        $(#[doc = $about:literal])*
        $name:ident {
            $( $(#[doc = $doc:literal])* $field:ident: $type:ty = $path:literal, $kind:expr; )*
        }
    ) => {
        $(#[doc = $about])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub(crate) struct $name {
            $( $(#[doc = $doc])* pub(crate) $field: $type, )*
        }

        impl $crate::config::section::Section for $name {
            const ABOUT: &'static str = concat!($($about),*);

            const KEYS: &'static [$crate::config::key::Key] = &[
                $( $crate::config::key::Key {
                    path: $path,
                    about: concat!($($doc),*),
                    kind: $kind,
                }, )*
            ];

            fn read(
                sources: &$crate::config::sources::Sources,
                problems: &mut Vec<String>,
            ) -> Option<Self> {
                let mut keys = Self::KEYS.iter();
                $( let $field = keys.next().and_then(|key| sources.value(key, problems)); )*
                Some(Self { $( $field: $field?, )* })
            }
        }
    };
}

pub(crate) use section;
