// Evaluates a flag through the Go module posthog-go whenever it is told to.
//
// Usage: main URL TOKEN KEY FLAG. For each line of input it prints what the SDK says of the flag by itself
// (`alone`) and when it asks the server (`asking`).
package main

import (
	"bufio"
	"encoding/json"
	"log"
	"os"
	"time"

	"github.com/posthog/posthog-go"
)

// Between polls of definitions.
const pollInterval = 300 * time.Millisecond

func tell(client posthog.Client, flag string) error {
	asked := posthog.FeatureFlagPayload{Key: flag, DistinctId: "anybody"}
	asking, err := client.GetFeatureFlag(asked)
	if err != nil {
		return err
	}
	asked.OnlyEvaluateLocally = true
	alone, err := client.GetFeatureFlag(asked)
	if err != nil {
		alone = nil
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{"alone": alone, "asking": asking})
}

func run(url, token, key, flag string) error {
	config := posthog.Config{Endpoint: url, SecretKey: key, DefaultFeatureFlagsPollingInterval: pollInterval}
	client, err := posthog.NewWithConfig(token, config)
	if err != nil {
		return err
	}
	defer client.Close()
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		if err := tell(client, flag); err != nil {
			return err
		}
	}
	return lines.Err()
}

func main() {
	if err := run(os.Args[1], os.Args[2], os.Args[3], os.Args[4]); err != nil {
		log.Fatal(err)
	}
}
