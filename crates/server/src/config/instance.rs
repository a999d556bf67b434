//! The keys at the top of `burgee.toml`: where the instance listens and where its data is.

use std::net::SocketAddr;
use std::path::PathBuf;

use burgee_redis::RedisLocation;

use super::key::Kind;
use super::section::section;
use crate::store::Location;
use anyhow::Context;

section! {
    /// Where the instance listens and where its data is.
    Instance {
        /// Address and port that the server listens on.
        listen: SocketAddr = "listen", Kind::Text {
            default: "127.0.0.1:8000",
            form: "an address with a port, such as 127.0.0.1:8000 or [::]:8000",
        };
        /// Folder of the database and of everything else that is kept; created if missing.
        data_dir: PathBuf = "data_dir", Kind::Text { default: ".", form: "a folder" };
        /// The database. Empty: the file `burgee.db` in `data_dir`.
        database: Option<Location> = "database", Kind::Text {
            default: "",
            form: "`postgres://USER:PASSWORD@HOST:PORT/DATABASE`, `sqlite:PATH`, or `sqlite::memory:` \
                for one that is gone when the program ends",
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
            None => self.data_dir.join("burgee.db").into(),
        }
    }
}
