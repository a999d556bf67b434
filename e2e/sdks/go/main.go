// Asks Burgee through the Go module posthog-go, unchanged apart from its host.
//
// Usage: go run . URL TOKEN CALLS.json. Prints one JSON object: what the SDK gave its caller.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"

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
	Keys  []string `json:"keys"`
	Calls []call   `json:"calls"`
}

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
	client, err := posthog.NewWithConfig(token, posthog.Config{Endpoint: url})
	if err != nil {
		log.Fatal(err)
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
	if err := client.Close(); err != nil {
		log.Fatal(err)
	}
	printed, err := json.Marshal(map[string]any{
		"sdk": "posthog-go (Go module)", "version": posthog.Version, "answers": answers,
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(printed))
}
