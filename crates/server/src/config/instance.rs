//! The keys at the top of `burgee.toml`: where the instance listens and where its data is.

use std::net::SocketAddr;
use std::path::PathBuf;

use burgee_redis::RedisLocation;
use burgee_serve::Role;

use super::key::Kind;
use super::section::section;
use crate::store::Location;
use anyhow::Context;

section! {
    /// Where the instance listens and where its data is.
    Instance {
        /// What this node is for. Also by the variable `SERVICE_MODE`. A node has the routes of its
        /// role alone; `all` and `admin` also fill what nodes share.
        role: Role = "role", Kind::Choice { default: "all", allowed: &Role::NAMES };
        /// Address and port that the server listens on.
        listen: SocketAddr = "listen", Kind::Text {
            default: "127.0.0.1:8000",
            form: "an address with a port, such as 127.0.0.1:8000 or [::]:8000",
        };
        /// Folder of the database and of everything else that is kept; created if missing.
        data_dir: PathBuf = "data_dir", Kind::Text { default: ".", form: "a folder" };
        /// The database. Empty: the file `burgee.db` in `data_dir`, or `none` for a node with the role
        /// `definitions` or `ingest` and a `redis`.
        database: Option<Location> = "database", Kind::Text {
            default: "",
            form: "`postgres://USER:PASSWORD@HOST:PORT/DATABASE`, `sqlite:PATH`, `sqlite::memory:` \
                for one that is gone when the program ends, or `none` for a node that serves from \
                what others share",
        };
        /// What nodes share: records of definitions and keys, notices of changes, usage and quotas;
        /// see `docs/redis.md`. Empty: nothing.
        redis: Option<RedisLocation> = "redis", Kind::Text {
            default: "",
            form: "`redis://HOST:PORT`, `redis+sentinel://HOST:PORT,HOST:PORT/SERVICE` or \
                `redis-cluster://HOST:PORT,HOST:PORT`, with `rediss` for TLS and USER:PASSWORD@ before \
                the first host",
        };
        /// File to apply before serving, as `burgee apply` does. Empty: none.
        apply: Option<PathBuf> = "apply", Kind::Text {
            default: "",
            form: "the path of an apply file",
        };
        /// Whether `apply` keeps dependency cycles and variant shares that do not add up.
        lenient: bool = "lenient", Kind::Switch { default: false };
        /// Whether `apply` archives the flags and cohorts that its file does not name.
        prune: bool = "prune", Kind::Switch { default: false };
    }
}

impl Instance {
    /// Creates the folder of the data if it is missing.
    pub(crate) fn create_data_dir(&self) -> anyhow::Result<()> {
        let folder = &self.data_dir;
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot create the folder {}", folder.display()))
    }

    /// Where the database is.
    pub(crate) fn location(&self) -> Location {
        match &self.database {
            Some(location) => location.clone(),
            None if self.has_all_it_needs_in_redis() => Location::Absent,
            None => self.data_dir.join("burgee.db").into(),
        }
    }

    /// An empty database of its own would say of every token that nobody has it.
    fn has_all_it_needs_in_redis(&self) -> bool {
        self.redis.is_some() && matches!(self.role, Role::Definitions | Role::Ingest)
    }
}
