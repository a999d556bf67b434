// Evaluates a flag by itself through the Go module posthog-go, before and after its key was revoked.
//
// Usage: main URL TOKEN KEY FLAG. Prints what the SDK says of the flag, waits for a line of input and some
// polls, and prints it again.
package main

import (
	"bufio"
	"encoding/json"
	"log"
	"os"
	"time"

	"github.com/posthog/posthog-go"
)

// Between polls of definitions, and for how long they go on after the key was revoked.
const (
	pollInterval = time.Second
	polling      = 2500 * time.Millisecond
)

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
	if err := tell(client, flag); err != nil {
		return err
	}
	if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
		return err
	}
	time.Sleep(polling)
	return tell(client, flag)
}

func main() {
	if err := run(os.Args[1], os.Args[2], os.Args[3], os.Args[4]); err != nil {
		log.Fatal(err)
	}
}
