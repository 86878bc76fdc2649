// Preflight was written when javax.xml.bind was part of Java, and wants two of its
// conversions.
package javax.xml.bind;

import java.util.Calendar;
import javax.xml.datatype.DatatypeConfigurationException;
import javax.xml.datatype.DatatypeFactory;

public class DatatypeConverter {
    public static int parseInt(String s) {
        return Integer.parseInt(s.trim());
    }

    public static Calendar parseDateTime(String s) {
        try {
            return DatatypeFactory.newInstance().newXMLGregorianCalendar(s.trim()).toGregorianCalendar();
        } catch (DatatypeConfigurationException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
