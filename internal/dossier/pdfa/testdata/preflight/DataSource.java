// Preflight was written when javax.activation was part of Java, and wants two names
// from there to remember which file it was given.
package javax.activation;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

public interface DataSource {
    InputStream getInputStream() throws IOException;
    OutputStream getOutputStream() throws IOException;
    String getContentType();
    String getName();
}
