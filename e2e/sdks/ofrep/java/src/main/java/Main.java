import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import dev.openfeature.contrib.providers.ofrep.OfrepProvider;
import dev.openfeature.contrib.providers.ofrep.OfrepProviderOptions;
import dev.openfeature.sdk.Client;
import dev.openfeature.sdk.FlagEvaluationDetails;
import dev.openfeature.sdk.ImmutableContext;
import dev.openfeature.sdk.OpenFeatureAPI;
import dev.openfeature.sdk.Value;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Asks Burgee through Maven's dev.openfeature.contrib.providers:ofrep.
 *
 * <p>Usage: Main URL TOKEN CALLS.json VERSION. Prints one JSON object: what the SDK gave its caller.
 */
public final class Main {
  /** The parts of ofrep.json that this program reads. */
  static final class Scenario {
    List<Call> calls;
  }

  /** One call; `default` is no name for a field. */
  static final class Call {
    String name;
    String key;
    String type;

    @com.google.gson.annotations.SerializedName("default")
    Object fallback;

    Map<String, Object> context;
  }

  private Main() {}

  private static ImmutableContext context(Map<String, Object> attributes) {
    Map<String, Value> values = new LinkedHashMap<>();
    attributes.forEach(
        (name, value) -> {
          if (!name.equals("targetingKey")) {
            values.put(name, Value.objectToValue(value));
          }
        });
    Object targetingKey = attributes.get("targetingKey");
    return targetingKey == null
        ? new ImmutableContext(values)
        : new ImmutableContext(targetingKey.toString(), values);
  }

  private static FlagEvaluationDetails<?> ask(Client client, Call call) {
    ImmutableContext context = context(call.context);
    switch (call.type) {
      case "boolean":
        return client.getBooleanDetails(call.key, (Boolean) call.fallback, context);
      case "string":
        return client.getStringDetails(call.key, (String) call.fallback, context);
      case "number":
        return client.getDoubleDetails(call.key, (Double) call.fallback, context);
      case "object":
        return client.getObjectDetails(call.key, Value.objectToValue(call.fallback), context);
      default:
        throw new IllegalArgumentException("unknown type " + call.type);
    }
  }

  private static Map<String, Object> told(FlagEvaluationDetails<?> details) {
    Object value = details.getValue();
    if (value instanceof Value) {
      Value wrapped = (Value) value;
      value = wrapped.isStructure() ? wrapped.asStructure().asObjectMap() : wrapped.asObject();
    }
    Map<String, Object> told = new LinkedHashMap<>();
    told.put("value", value);
    told.put("variant", details.getVariant());
    told.put("reason", details.getReason());
    told.put("error", details.getErrorCode() == null ? null : details.getErrorCode().toString());
    told.put("metadata", details.getFlagMetadata().asUnmodifiableMap());
    return told;
  }

  public static void main(String[] arguments) throws Exception {
    Gson gson = new GsonBuilder().serializeNulls().create();
    Scenario scenario = gson.fromJson(Files.readString(Path.of(arguments[2])), Scenario.class);
    OfrepProviderOptions options =
        OfrepProviderOptions.builder()
            .baseUrl(arguments[0])
            .headers(ImmutableMap.of("Authorization", ImmutableList.of("Bearer " + arguments[1])))
            .build();
    OpenFeatureAPI api = OpenFeatureAPI.getInstance();
    api.setProviderAndWait(OfrepProvider.constructProvider(options));
    Client client = api.getClient();
    Map<String, Object> answers = new LinkedHashMap<>();
    for (Call call : scenario.calls) {
      answers.put(call.name, told(ask(client, call)));
    }
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("sdk", "dev.openfeature.contrib.providers:ofrep (Maven)");
    result.put("version", arguments[3]);
    result.put("answers", answers);
    System.out.println(gson.toJson(result));
    System.exit(0);
  }
}
