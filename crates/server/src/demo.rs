//! What a new machine begins with: a project with five flags that show what flags can do, and ten
//! persons to try them on. Declared like any other contents, in `demo/demo.json`.

use std::path::Path;

use burgee_store::ProjectReader;

use crate::apply::examine::Manner;
use crate::apply::progress::Progress;
use crate::apply::{Applied, ApplyError, Source, Target, apply};

/// The declared contents.
const FILE: &str = include_str!("../demo/demo.json");

/// The file's name, for messages.
pub(crate) const NAME: &str = "demo.json";

/// The project that the file declares.
const PROJECT: &str = "Demo";

/// The token that the file declares. Public, as all tokens of its kind.
const TOKEN: &str = "phc_burgee_demo";

/// Loads the demo into an empty store.
pub(crate) async fn load(target: Target<'_>) -> Result<Applied, ApplyError> {
    let manner = Manner::of(false, false);
    let source = Source {
        path: Path::new(NAME),
        text: FILE,
    };
    apply(target, source, manner, &Progress::hidden()).await
}

/// Whether the store holds the demo.
pub(crate) async fn is_loaded(reader: &dyn ProjectReader) -> bool {
    // A store that cannot say is none that shows a demo.
    let project = reader.read_project(PROJECT).await.ok().flatten();
    let environments = project.into_iter().flat_map(|tree| tree.environments);
    environments
        .into_iter()
        .any(|(record, _)| record.token.as_str() == TOKEN)
}

/// What to try with the demo, for people.
pub(crate) fn invitation(url: &str) -> String {
    format!(
        "\
The demo project's token is {TOKEN}. Ask for a person's flags:

  curl -s '{url}/flags?v=2' -H 'content-type: application/json' -d '{{\"token\": \"{TOKEN}\", \"distinct_id\": \"ada\"}}'

"
    )
}
