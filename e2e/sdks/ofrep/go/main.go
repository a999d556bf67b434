// Asks Burgee through the Go module go-sdk-contrib/providers/ofrep.
//
// Usage: main URL TOKEN CALLS.json. Prints one JSON object: what the SDK gave its caller.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"runtime/debug"

	"github.com/open-feature/go-sdk-contrib/providers/ofrep"
	"github.com/open-feature/go-sdk/openfeature"
)

const module = "github.com/open-feature/go-sdk-contrib/providers/ofrep"

type call struct {
	Name    string         `json:"name"`
	Key     string         `json:"key"`
	Type    string         `json:"type"`
	Default any            `json:"default"`
	Context map[string]any `json:"context"`
}

type answer struct {
	Value    any            `json:"value"`
	Variant  *string        `json:"variant"`
	Reason   *string        `json:"reason"`
	Error    *string        `json:"error"`
	Metadata map[string]any `json:"metadata"`
}

// ask says everything that the SDK tells about one call. Its errors are part of that.
func ask(client *openfeature.Client, asked call) (answer, error) {
	targetingKey, _ := asked.Context["targetingKey"].(string)
	delete(asked.Context, "targetingKey")
	subject := openfeature.NewEvaluationContext(targetingKey, asked.Context)
	ctx := context.Background()
	switch asked.Type {
	case "boolean":
		details, _ := client.BooleanValueDetails(ctx, asked.Key, asked.Default.(bool), subject)
		return told(details.Value, details.ResolutionDetail), nil
	case "string":
		details, _ := client.StringValueDetails(ctx, asked.Key, asked.Default.(string), subject)
		return told(details.Value, details.ResolutionDetail), nil
	case "number":
		details, _ := client.FloatValueDetails(ctx, asked.Key, asked.Default.(float64), subject)
		return told(details.Value, details.ResolutionDetail), nil
	case "object":
		details, _ := client.ObjectValueDetails(ctx, asked.Key, asked.Default, subject)
		return told(details.Value, details.ResolutionDetail), nil
	}
	return answer{}, fmt.Errorf("unknown type %q", asked.Type)
}

func told(value any, detail openfeature.ResolutionDetail) answer {
	return answer{
		Value:    value,
		Variant:  given(detail.Variant),
		Reason:   given(string(detail.Reason)),
		Error:    given(string(detail.ErrorCode)),
		Metadata: detail.FlagMetadata,
	}
}

// given is nil for what the SDK left empty.
func given(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func version() string {
	build, _ := debug.ReadBuildInfo()
	for _, dependency := range build.Deps {
		if dependency.Path == module {
			return dependency.Version
		}
	}
	return "unknown"
}

func run(url, token, path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var scenario struct {
		Calls []call `json:"calls"`
	}
	if err := json.Unmarshal(text, &scenario); err != nil {
		return err
	}
	provider := ofrep.NewProvider(url, ofrep.WithBearerToken(token))
	if err := openfeature.SetProviderAndWait(provider); err != nil {
		return err
	}
	client := openfeature.NewClient("burgee")
	answers := map[string]answer{}
	for _, asked := range scenario.Calls {
		if answers[asked.Name], err = ask(client, asked); err != nil {
			return err
		}
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{
		"sdk": module + " (Go)", "version": version(), "answers": answers,
	})
}

func main() {
	if len(os.Args) != 4 {
		log.Fatal("usage: main URL TOKEN CALLS.json")
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		log.Fatal(err)
	}
}
