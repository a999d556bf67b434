// Asks Burgee through the Go module posthog-go, unchanged apart from its host.
//
// Usage: go run . URL TOKEN CALLS.json [SECRET_KEY]. Prints one JSON object: what the SDK gave its caller.
// With a key the SDK evaluates by itself what it can, and only that is printed, as `alone`.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/posthog/posthog-go"
)

type call struct {
	Name             string                        `json:"name"`
	DistinctID       string                        `json:"distinct_id"`
	Groups           posthog.Groups                `json:"groups"`
	PersonProperties posthog.Properties            `json:"person_properties"`
	GroupProperties  map[string]posthog.Properties `json:"group_properties"`
}

type scenario struct {
	Keys    []string `json:"keys"`
	Calls   []call   `json:"calls"`
	Decided struct {
		call
		Flags map[string]any `json:"flags"`
	} `json:"decided_locally"`
}

// Between polls of definitions, and for how long they go on.
const (
	pollInterval = time.Second
	polling      = 4 * time.Second
)

type answer struct {
	OneByOne map[string]any `json:"one_by_one"`
	Enabled  map[string]any `json:"enabled"`
	Payloads map[string]any `json:"payloads"`
	Together map[string]any `json:"together"`
}

// ask says everything that the SDK tells about one call.
func ask(client posthog.Client, keys []string, asked call) (answer, error) {
	result := answer{map[string]any{}, map[string]any{}, map[string]any{}, nil}
	for _, key := range keys {
		single := posthog.FeatureFlagPayload{
			Key:              key,
			DistinctId:       asked.DistinctID,
			Groups:           asked.Groups,
			PersonProperties: asked.PersonProperties,
			GroupProperties:  asked.GroupProperties,
		}
		value, err := client.GetFeatureFlag(single)
		if err != nil {
			return result, fmt.Errorf("GetFeatureFlag(%s): %w", key, err)
		}
		enabled, err := client.IsFeatureEnabled(single)
		if err != nil {
			return result, fmt.Errorf("IsFeatureEnabled(%s): %w", key, err)
		}
		payload, err := client.GetFeatureFlagPayload(single)
		if err != nil {
			return result, fmt.Errorf("GetFeatureFlagPayload(%s): %w", key, err)
		}
		result.OneByOne[key] = value
		// This SDK answers with the variant itself where there is one.
		result.Enabled[key] = enabled != nil && enabled != false
		result.Payloads[key] = payload
	}
	together, err := client.GetAllFlags(posthog.FeatureFlagPayloadNoKey{
		DistinctId:       asked.DistinctID,
		Groups:           asked.Groups,
		PersonProperties: asked.PersonProperties,
		GroupProperties:  asked.GroupProperties,
	})
	result.Together = together
	return result, err
}

// alone says what the SDK tells about one call without asking the server; nil where it cannot.
func alone(client posthog.Client, plan scenario) map[string]any {
	result := map[string]any{}
	for key := range plan.Decided.Flags {
		value, err := client.GetFeatureFlag(posthog.FeatureFlagPayload{
			Key:                 key,
			DistinctId:          plan.Decided.DistinctID,
			Groups:              plan.Decided.Groups,
			PersonProperties:    plan.Decided.PersonProperties,
			GroupProperties:     plan.Decided.GroupProperties,
			OnlyEvaluateLocally: true,
		})
		if err != nil {
			value = nil
		}
		result[key] = value
	}
	return result
}

func main() {
	url, token, path := os.Args[1], os.Args[2], os.Args[3]
	text, err := os.ReadFile(path)
	if err != nil {
		log.Fatal(err)
	}
	var plan scenario
	if err := json.Unmarshal(text, &plan); err != nil {
		log.Fatal(err)
	}
	config := posthog.Config{Endpoint: url}
	if len(os.Args) > 4 {
		config.SecretKey = os.Args[4]
		config.DefaultFeatureFlagsPollingInterval = pollInterval
	}
	client, err := posthog.NewWithConfig(token, config)
	if err != nil {
		log.Fatal(err)
	}
	if config.SecretKey != "" {
		answered := alone(client, plan)
		time.Sleep(polling)
		finish(client, map[string]any{"alone": answered})
		return
	}
	answers := map[string]answer{}
	for _, asked := range plan.Calls {
		answers[asked.Name], err = ask(client, plan.Keys, asked)
		if err != nil {
			log.Fatalf("%s: %v", asked.Name, err)
		}
	}
	if err := client.Enqueue(posthog.Capture{DistinctId: "distinct_id_0", Event: "asked"}); err != nil {
		log.Fatal(err)
	}
	finish(client, map[string]any{"answers": answers})
}

// finish prints what the SDK said, and lets it go.
func finish(client posthog.Client, said map[string]any) {
	if err := client.Close(); err != nil {
		log.Fatal(err)
	}
	said["sdk"] = "posthog-go (Go module)"
	said["version"] = posthog.Version
	printed, err := json.Marshal(said)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(printed))
}
