"""Runs statements with clickhouse-connect: connect.py <host> <port> <file>."""
import sys
import clickhouse_connect

host, port, statements = sys.argv[1:]
client = clickhouse_connect.get_client(host=host, port=int(port), database='otel', settings={'max_execution_time': 30})
for sql in open(statements, encoding='utf8').read().splitlines():
    try:
        answer = client.query(sql, settings={'max_threads': 1})
        rows = answer.result_rows
        listed = sql == 'SHOW TABLES'
        print(' '.join(row[0] for row in rows) if listed else f'rows {len(rows)} columns {len(answer.column_names)}')
    except clickhouse_connect.driver.exceptions.DatabaseError as error:
        print('error', str(error).split('code: ')[1].split(',')[0])
