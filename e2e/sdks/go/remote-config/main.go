// Asks Burgee for remote configurations through the Go module posthog-go, unchanged apart from its host.
//
// Usage: main URL TOKEN KEY FLAG... Prints one JSON object: what the SDK gave its caller for each flag.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"

	"github.com/posthog/posthog-go"
)

func run(url, token, key string, flags []string) error {
	client, err := posthog.NewWithConfig(token, posthog.Config{Endpoint: url, PersonalApiKey: key})
	if err != nil {
		return err
	}
	defer client.Close()
	payloads := map[string]any{}
	for _, flag := range flags {
		payload, err := client.GetRemoteConfigPayload(flag)
		if err != nil {
			return fmt.Errorf("%s: %w", flag, err)
		}
		payloads[flag] = payload
	}
	printed := map[string]any{"sdk": "posthog-go", "version": posthog.Version, "payloads": payloads}
	return json.NewEncoder(os.Stdout).Encode(printed)
}

func main() {
	if err := run(os.Args[1], os.Args[2], os.Args[3], os.Args[4:]); err != nil {
		log.Fatal(err)
	}
}
