//! Dependencies of flags on flags: a file may name the target by key, evaluation knows ids.

use burgee_model::FlagId;
use serde_json::Value;

use super::identity::FlagIds;

/// Puts ids where the filters of `filters.groups` name flags by key. A name that is all digits is an
/// id if the project has one like it, else a key (spec: apply-file). What names nothing stays as it
/// is, for evaluation to have its say.
pub(super) fn rewrite(filters: &mut Value, ids: &FlagIds) {
    let conditions = filters.get_mut("groups").and_then(Value::as_array_mut);
    for condition in conditions.into_iter().flatten() {
        let properties = condition
            .get_mut("properties")
            .and_then(Value::as_array_mut);
        for property in properties.into_iter().flatten() {
            if property.get("type").and_then(Value::as_str) != Some("flag") {
                continue;
            }
            let Some(Value::String(name)) = property.get_mut("key") else {
                continue;
            };
            if names_an_id(name, ids) {
                continue;
            }
            if let Some(id) = ids.of_key(name) {
                *name = id.to_string();
            }
        }
    }
}

fn names_an_id(name: &str, ids: &FlagIds) -> bool {
    let is_decimal = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
    is_decimal && name.parse().is_ok_and(|id| ids.has(FlagId(id)))
}
