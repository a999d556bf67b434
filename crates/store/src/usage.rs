//! Who asked how often, for whoever pays or plans: requests by environment, kind and SDK, in buckets
//! of two minutes (spec: service §8.2).
//!
//! Surprising: the same batch may come more than once. A node whose write was not confirmed cannot
//! know whether it was made, so it sends that batch again, unchanged, before any other.

use std::ops::Range;

use async_trait::async_trait;
use burgee_model::{EnvironmentId, Timestamp};

use crate::StoreError;

/// Seconds that one bucket spans.
pub const USAGE_BUCKET_SECONDS: u32 = 120;

/// Most counts of one [`UsageBatch`].
pub const USAGE_BATCH_COUNTS_MAX: usize = 5_000;

/// Days after which counts may be forgotten.
pub const USAGE_KEPT_DAYS: u32 = 400;

/// Adds and reads counts.
#[async_trait]
pub trait UsageStore: Send + Sync {
    /// Adds every count of the batch, or none. A batch whose sequence is not above the last one of
    /// its writer has been added before: that is no error and adds nothing.
    ///
    /// Errors: `Refused` if there are more than [`USAGE_BATCH_COUNTS_MAX`] counts. After any other
    /// error the batch may have been added or not.
    async fn add_usage(&self, batch: &UsageBatch) -> Result<(), StoreError>;

    /// Sums over these buckets, by environment, then kind, then library. What is zero is left out.
    async fn read_usage(&self, buckets: Range<UsageBucket>) -> Result<Vec<UsageTotal>, StoreError>;
}

/// Counts that are added together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageBatch {
    /// Who counted: a number drawn when the process started.
    pub writer: u128,
    /// Grows with each batch of the writer, from 1.
    pub sequence: u64,
    /// No two for the same environment, kind, library and bucket.
    pub counts: Vec<UsageCount>,
}

/// Requests of one kind by one SDK in one bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsageCount {
    /// Whose.
    pub environment: EnvironmentId,
    /// Of which kind.
    pub kind: UsageKind,
    /// By which SDK.
    pub library: UsageLibrary,
    /// When.
    pub bucket: UsageBucket,
    /// How many, at least 1.
    pub count: u64,
}

/// Requests of one kind by one SDK in a span of buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsageTotal {
    /// Whose.
    pub environment: EnvironmentId,
    /// Of which kind.
    pub kind: UsageKind,
    /// By which SDK.
    pub library: UsageLibrary,
    /// How many.
    pub count: u64,
}

/// A span of [`USAGE_BUCKET_SECONDS`]: Unix seconds divided by that, rounded down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UsageBucket(pub u32);

impl UsageBucket {
    /// The bucket of a moment. Moments before 1970 are in the first.
    pub fn of(moment: Timestamp) -> Self {
        let seconds = moment.unix_seconds();
        let bucket = seconds.div_euclid(i64::from(USAGE_BUCKET_SECONDS));
        Self(u32::try_from(bucket.max(0)).unwrap_or(u32::MAX))
    }
}

/// Texts by which the variants of an enum are stored and shown.
macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// As it is stored and shown.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }

            /// From [`Self::as_str`].
            pub fn parse(text: &str) -> Option<Self> {
                match text {
                    $($text => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

named! {
    /// What was asked for.
    UsageKind {
        /// Flags, in PostHog's protocol (`/flags`, `/decide`).
        Flags = "flags",
        /// Flags, in OpenFeature's protocol.
        Ofrep = "ofrep",
        /// Definitions for local evaluation.
        Definitions = "definitions",
        /// The payload of a remote configuration.
        RemoteConfig = "remote_config",
    }
}

named! {
    /// Which SDK asked, as its `User-Agent` says.
    UsageLibrary {
        /// Browsers.
        Js = "posthog-js",
        /// Node.js.
        Node = "posthog-node",
        /// Python.
        Python = "posthog-python",
        /// PHP.
        Php = "posthog-php",
        /// Ruby.
        Ruby = "posthog-ruby",
        /// Go.
        Go = "posthog-go",
        /// Java, older.
        Java = "posthog-java",
        /// .NET.
        Dotnet = "posthog-dotnet",
        /// Elixir.
        Elixir = "posthog-elixir",
        /// Android.
        Android = "posthog-android",
        /// iOS.
        Ios = "posthog-ios",
        /// React Native.
        ReactNative = "posthog-react-native",
        /// Flutter.
        Flutter = "posthog-flutter",
        /// Java, newer.
        Server = "posthog-server",
        /// Rust.
        Rust = "posthog-rs",
        /// Anything else.
        Other = "other",
    }
}

impl UsageTotal {
    /// Puts totals into the order of [`UsageStore::read_usage`].
    pub fn sort(totals: &mut [Self]) {
        totals.sort_unstable_by_key(|total| (total.environment, total.kind, total.library));
    }
}

impl UsageBatch {
    /// Refuses a batch of more than [`USAGE_BATCH_COUNTS_MAX`] counts.
    pub fn check(&self) -> Result<(), StoreError> {
        let count = self.counts.len();
        if count > USAGE_BATCH_COUNTS_MAX {
            return Err(StoreError::Refused(format!(
                "{count} counts at once, at most {USAGE_BATCH_COUNTS_MAX} are possible"
            )));
        }
        Ok(())
    }

    /// The writer as text: 32 hexadecimal digits.
    pub fn writer_name(&self) -> String {
        format!("{:032x}", self.writer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_two_minutes_of_unix_time() {
        for (unix_millis, bucket) in [
            (-1, 0),
            (0, 0),
            (119_999, 0),
            (120_000, 1),
            (1_767_225_600_123, 14_726_880),
            (i64::MAX / 1_000, u32::MAX),
        ] {
            let moment = Timestamp::from_unix_millis(unix_millis);
            assert_eq!(
                UsageBucket::of(moment),
                UsageBucket(bucket),
                "{unix_millis}"
            );
        }
    }

    #[test]
    fn every_name_is_read_back() {
        for kind in UsageKind::ALL {
            assert_eq!(UsageKind::parse(kind.as_str()), Some(*kind));
        }
        for library in UsageLibrary::ALL {
            assert_eq!(UsageLibrary::parse(library.as_str()), Some(*library));
        }
        assert_eq!(UsageKind::parse("events"), None);
    }
}
