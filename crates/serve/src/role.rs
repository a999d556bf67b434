//! What a node is for. Nothing but the routes and the keeper depends on it: every node starts, follows
//! changes and stops in the same way (spec: service §1.1).

/// Which part of the work a node does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Role {
    /// Everything.
    #[default]
    All,
    /// Evaluates flags, and what browsers ask beside it.
    Flags,
    /// Hands out definitions.
    Definitions,
    /// Takes events.
    Ingest,
    /// Serves nobody; fills the shared cache.
    Admin,
}

impl Role {
    /// How roles are written, in any case.
    pub const NAMES: [&'static str; 5] = ["all", "flags", "definitions", "ingest", "admin"];

    /// Reads one of [`Self::NAMES`].
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text.to_ascii_lowercase().as_str() {
            "all" => Self::All,
            "flags" => Self::Flags,
            "definitions" => Self::Definitions,
            "ingest" => Self::Ingest,
            "admin" => Self::Admin,
            _ => return None,
        })
    }

    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Flags => "flags",
            Self::Definitions => "definitions",
            Self::Ingest => "ingest",
            Self::Admin => "admin",
        }
    }

    /// Whether a node of this role also does what one of `role` does.
    pub(crate) fn includes(self, role: Self) -> bool {
        self == Self::All || self == role
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_read_in_any_case_and_nothing_else_is_one() {
        for name in Role::NAMES {
            let role = Role::parse(name).unwrap();
            assert_eq!(role.name(), name);
            assert_eq!(Role::parse(&name.to_uppercase()), Some(role));
        }
        for other in ["", "flag", "all ", "definitions,flags"] {
            assert_eq!(Role::parse(other), None, "{other}");
        }
    }
}
