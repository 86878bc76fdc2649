import java.io.File;
import org.apache.pdfbox.preflight.PreflightDocument;
import org.apache.pdfbox.preflight.ValidationResult;
import org.apache.pdfbox.preflight.exception.SyntaxValidationException;
import org.apache.pdfbox.preflight.parser.PreflightParser;

/** Checks files against PDF/A-1b with Apache PDFBox Preflight and prints what is wrong, one line each. */
public class Preflight {
    public static void main(String[] files) throws Exception {
        for (String f : files) {
            ValidationResult r;
            PreflightParser parser = new PreflightParser(new File(f));
            try {
                parser.parse();
                try (PreflightDocument d = parser.getPreflightDocument()) {
                    d.validate();
                    r = d.getResult();
                }
            } catch (SyntaxValidationException e) {
                r = e.getResult();
            }
            System.out.println(f + ": " + (r.isValid() ? "valid" : "not valid"));
            for (ValidationResult.ValidationError e : r.getErrorsList()) {
                System.out.println(f + ": " + e.getErrorCode() + " " + e.getDetails());
            }
        }
    }
}
