import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.posthog.server.PostHog;
import com.posthog.server.PostHogConfig;
import com.posthog.server.PostHogInterface;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Evaluates a flag through Maven's com.posthog:posthog-server whenever it is told to.
 *
 * <p>Usage: Watching URL TOKEN KEY FLAG. For each line of input it prints what the SDK says of the
 * flag when it may ask the server (`asking`). This SDK cannot be kept from that, so whether it did is
 * for the server to tell.
 */
public final class Watching {
  /** Seconds between polls of definitions; this SDK cannot poll more often. */
  private static final int POLL_SECS = 1;

  private Watching() {}

  public static void main(String[] arguments) throws Exception {
    PostHogConfig config =
        PostHogConfig.builder(arguments[1])
            .host(arguments[0])
            .localEvaluation(true)
            .personalApiKey(arguments[2])
            .pollIntervalSeconds(POLL_SECS)
            .build();
    PostHogInterface client = PostHog.with(config);
    Gson gson = new GsonBuilder().serializeNulls().create();
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
    while (lines.readLine() != null) {
      Map<String, Object> said = new LinkedHashMap<>();
      said.put("asking", client.getFeatureFlag("anybody", arguments[3]));
      System.out.println(gson.toJson(said));
    }
    client.close();
    System.exit(0);
  }
}
