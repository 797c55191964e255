import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Answers for each line of standard input, "pattern TAB text" in code points, whether Java matches it. */
public class Matches {
    public static void main(String[] arguments) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        StringBuilder answers = new StringBuilder();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            int tab = line.indexOf('\t');
            String answer;
            try {
                Pattern pattern = Pattern.compile(text(line.substring(0, tab)));
                answer = pattern.matcher(text(line.substring(tab + 1))).matches() ? "yes" : "no";
            } catch (PatternSyntaxException error) {
                answer = "not a pattern";
            }
            answers.append(answer).append('\n');
        }
        System.out.print(answers);
    }

    private static String text(String codePoints) {
        StringBuilder text = new StringBuilder();
        for (String codePoint : codePoints.split(",")) {
            if (!codePoint.isEmpty()) {
                text.appendCodePoint(Integer.parseInt(codePoint));
            }
        }
        return text.toString();
    }
}
