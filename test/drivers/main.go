// Runs statements with clickhouse-go: main <url> <file>.
package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"
)

func main() {
	options, err := clickhouse.ParseDSN(os.Args[1])
	if err != nil {
		panic(err)
	}
	text, err := os.ReadFile(os.Args[2])
	if err != nil {
		panic(err)
	}
	db := clickhouse.OpenDB(options)
	for _, statement := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		rows, err := db.Query(statement)
		var exception *clickhouse.Exception
		if errors.As(err, &exception) {
			fmt.Println("error", exception.Code)
			continue
		} else if err != nil {
			panic(err)
		}
		columns, _ := rows.Columns()
		count := 0
		names := []string{}
		for rows.Next() {
			values := make([]any, len(columns))
			for i := range values {
				values[i] = new(any)
			}
			if err := rows.Scan(values...); err != nil {
				panic(err)
			}
			names = append(names, fmt.Sprint(*values[0].(*any)))
			count++
		}
		if rows.Err() != nil {
			panic(rows.Err())
		}
		if statement == "SHOW TABLES" {
			fmt.Println(strings.Join(names, " "))
		} else {
			fmt.Println("rows", count, "columns", len(columns))
		}
	}
}
