//! The config that SDKs ask for beside flags (spec: sdk-protocol, "Config for posthog-js").
//!
//! Burgee has flags and none of the other products, and says so feature by feature, because
//! posthog-js may load an extension for a key that is missing. `surveys` alone is left out: said to
//! be off, the slim bundle fetches it all the same. `hasFeatureFlags` is always true: false makes
//! posthog-js never ask for flags (spec: sdk-protocol trap 7).

use serde_json::json;

/// The config of the environment whose public token is `token`, as JSON object text.
pub fn config_json(token: &str) -> String {
    json!({
        "token": token,
        "supportedCompression": ["gzip", "gzip-js"],
        "hasFeatureFlags": true,
        "analytics": {"endpoint": "/i/v0/e/"},
        "elementsChainAsString": true,
        "config": {"enable_collect_everything": true},
        "sessionRecording": false,
        "heatmaps": false,
        "capturePerformance": false,
        "autocaptureExceptions": false,
        "autocapture_opt_out": true,
        "captureDeadClicks": false,
        "isAuthenticated": false,
        "toolbarParams": {},
        "siteApps": [],
        "conversations": false,
        "productTours": false,
        "defaultIdentifiedOnly": true,
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn config_keeps_posthog_js_asking_for_flags_and_nothing_else() {
        let config: Value = serde_json::from_str(&config_json("phc_\"quoted\"")).unwrap();
        assert_eq!(config["token"], "phc_\"quoted\"");
        assert_eq!(config["hasFeatureFlags"], true);
        assert_eq!(config["supportedCompression"], json!(["gzip", "gzip-js"]));
        assert_eq!(config["sessionRecording"], false);
        assert_eq!(config.get("surveys"), None);
        assert_eq!(config.get("quotaLimited"), None);
    }
}
