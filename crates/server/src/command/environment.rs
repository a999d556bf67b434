//! The environment that a command line names.

use burgee_model::ProjectToken;

use super::Failure;
use crate::config::Config;
use crate::counted::Counted;
use crate::keys::find_environment;
use crate::store::Location;

/// Its token. Where there is no database to ask, it is taken as it is given.
pub(super) async fn token(
    config: &Config,
    counted: &Counted,
    named: &str,
) -> Result<ProjectToken, Failure> {
    if config.instance.location() == Location::Absent {
        let invalid = |error| Failure::Refused(format!("{named}: {error}\n"));
        return ProjectToken::parse(named).map_err(invalid);
    }
    Ok(find_environment(&*counted.store, named).await?.0)
}
