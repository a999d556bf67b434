import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.posthog.server.PostHog;
import com.posthog.server.PostHogConfig;
import com.posthog.server.PostHogInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Asks Burgee through Maven's com.posthog:posthog-server, unchanged apart from its host.
 *
 * <p>Usage: Main URL TOKEN CALLS.json VERSION [SECRET_KEY]. Prints one JSON object: what the SDK gave
 * its caller. With a key the SDK evaluates by itself what it can, and only that is printed, as
 * `alone`.
 */
public final class Main {
  /** The parts of calls.json that this program reads. */
  static final class Scenario {
    List<String> keys;
    List<Call> calls;
    Decided decided_locally;
  }

  /** One call; parts it does not name are null. */
  static class Call {
    String name;
    String distinct_id;
    Map<String, String> groups;
    Map<String, Object> person_properties;
    Map<String, Map<String, Object>> group_properties;
  }

  /** A call that brings all that is needed, and what must be said to it; null: the server decides. */
  static final class Decided extends Call {
    Map<String, Object> flags;
  }

  /** Seconds between polls of definitions. */
  private static final int POLL_SECS = 1;

  /** For how long they go on, in milliseconds. */
  private static final long POLLING_MS = 4000;

  private Main() {}

  /** This SDK cannot be kept from asking the server, so it is asked only what it should decide. */
  private static Map<String, Object> alone(PostHogInterface client, Decided call) {
    Map<String, Object> values = new LinkedHashMap<>();
    call.flags.forEach(
        (key, expected) -> {
          if (expected != null) {
            values.put(
                key,
                client.getFeatureFlag(
                    call.distinct_id,
                    key,
                    null,
                    call.groups,
                    call.person_properties,
                    call.group_properties));
          }
        });
    return values;
  }

  /** This SDK has no way to ask for all flags together, so it answers one by one only. */
  private static Map<String, Object> ask(PostHogInterface client, List<String> keys, Call call) {
    Map<String, Object> values = new LinkedHashMap<>();
    Map<String, Object> enabled = new LinkedHashMap<>();
    Map<String, Object> payloads = new LinkedHashMap<>();
    for (String key : keys) {
      values.put(
          key,
          client.getFeatureFlag(
              call.distinct_id, key, null, call.groups, call.person_properties, call.group_properties));
      enabled.put(
          key,
          client.isFeatureEnabled(
              call.distinct_id, key, false, call.groups, call.person_properties, call.group_properties));
      payloads.put(
          key,
          client.getFeatureFlagPayload(
              call.distinct_id, key, null, call.groups, call.person_properties, call.group_properties));
    }
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("one_by_one", values);
    answer.put("enabled", enabled);
    answer.put("payloads", payloads);
    return answer;
  }

  public static void main(String[] arguments) throws Exception {
    String url = arguments[0];
    String token = arguments[1];
    Gson gson = new GsonBuilder().serializeNulls().create();
    Scenario scenario = gson.fromJson(Files.readString(Path.of(arguments[2])), Scenario.class);
    PostHogConfig.Builder config = PostHogConfig.builder(token).host(url);
    boolean isAlone = arguments.length > 4;
    if (isAlone) {
      config.localEvaluation(true).personalApiKey(arguments[4]).pollIntervalSeconds(POLL_SECS);
    }
    PostHogInterface client = PostHog.with(config.build());
    Map<String, Object> result = new LinkedHashMap<>();
    if (isAlone) {
      result.put("alone", alone(client, scenario.decided_locally));
      Thread.sleep(POLLING_MS);
    } else {
      Map<String, Object> answers = new LinkedHashMap<>();
      for (Call call : scenario.calls) {
        answers.put(call.name, ask(client, scenario.keys, call));
      }
      result.put("answers", answers);
      client.capture("distinct_id_0", "asked");
    }
    client.flush();
    client.close();
    result.put("sdk", "com.posthog:posthog-server (Maven)");
    result.put("version", arguments[3]);
    System.out.println(gson.toJson(result));
    System.exit(0);
  }
}
