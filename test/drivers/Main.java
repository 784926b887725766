/** Runs statements with ClickHouse's JDBC driver: Main.java <host:port> <file>. */
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.*;

public class Main {
  public static void main(String[] args) throws Exception {
    try (Connection connection = DriverManager.getConnection("jdbc:clickhouse://" + args[0] + "/otel")) {
      ResultSet tables = connection.getMetaData().getTables(null, "otel", "%", null);
      while (tables.next()) {}
      for (String sql : Files.readAllLines(Path.of(args[1]))) {
        try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(sql)) {
          int columns = rows.getMetaData().getColumnCount(), count = 0;
          for (; rows.next(); count++) for (int i = 1; i <= columns; i++) rows.getObject(i);
          System.out.println("rows " + count);
        } catch (SQLException error) {
          System.out.println("error " + error.getErrorCode());
        }
      }
    }
  }
}
