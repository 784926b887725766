/** Runs statements with ClickHouse's JDBC driver: Main.java <host:port> <file>. */
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.*;
import java.util.*;

public class Main {
  public static void main(String[] args) throws Exception {
    try (Connection connection = DriverManager.getConnection("jdbc:clickhouse://" + args[0] + "/otel")) {
      ResultSet tables = connection.getMetaData().getTables(null, "otel", "%", null);
      Set<String> known = new TreeSet<>();
      while (tables.next()) known.add(tables.getString("TABLE_NAME"));
      for (String sql : Files.readAllLines(Path.of(args[1]))) {
        try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(sql)) {
          int columns = rows.getMetaData().getColumnCount(), count = 0;
          Set<String> first = new TreeSet<>();
          for (; rows.next(); count++) {
            for (int i = 1; i <= columns; i++) rows.getObject(i);
            first.add(rows.getString(1));
          }
          boolean listed = sql.equals("SHOW TABLES");
          if (listed && !first.equals(known)) throw new IllegalStateException("getTables gives " + known);
          System.out.println(listed ? String.join(" ", first) : "rows " + count + " columns " + columns);
        } catch (SQLException error) {
          System.out.println("error " + error.getErrorCode());
        }
      }
    }
  }
}
