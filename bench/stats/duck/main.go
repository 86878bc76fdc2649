// Command duck asks DuckDB the questions that bench/stats asks by hand, about the
// ledgers bench/stats exported, and compares the figures and the time.
//
//	cd bench && go run ./stats -n 40000 -export DIR && cd stats/duck && CGO_ENABLED=1 go run . DIR
//
// It is a module of its own because DuckDB needs a C compiler; nothing else here does.
package main

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"syscall"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"
)

type question struct {
	Figure string  `json:"figure"`
	SQL    string  `json:"sql"`
	N      int64   `json:"n"`
	MS     float64 `json:"ms"` // of the program
}

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: duck DIR, the folder bench/stats -export wrote")
	}
	if err := run(os.Args[1]); err != nil {
		log.Fatal(err)
	}
}

func run(dir string) error {
	text, err := os.ReadFile(filepath.Join(dir, "questions.json"))
	if err != nil {
		return err
	}
	var all []question
	if err := json.Unmarshal(text, &all); err != nil {
		return err
	}
	d, err := sql.Open("duckdb", "")
	if err != nil {
		return err
	}
	defer d.Close()
	began, cpu := time.Now(), cpuTime()
	for table, columns := range map[string]string{"criminal_act_v": "* REPLACE (CAST(seq AS BIGINT) AS seq)", "criminal_person_v": "*", "org_office_v": "*"} {
		csv, parquet := filepath.Join(dir, table+".csv"), filepath.Join(dir, table+".parquet")
		for _, q := range []string{
			`COPY (SELECT ` + columns + ` FROM read_csv('` + csv + `', header = true, all_varchar = true)) TO '` + parquet + `' (FORMAT parquet)`,
			`CREATE VIEW ` + table + ` AS SELECT * FROM read_parquet('` + parquet + `')`,
		} {
			if _, err := d.Exec(q); err != nil {
				return fmt.Errorf("%s: %w", table, err)
			}
		}
	}
	fmt.Printf("Parquet written in %.1f s, %.1f s of processor\n", time.Since(began).Seconds(), (cpuTime() - cpu).Seconds())
	var ours, duck, used float64
	wrong := 0
	for _, q := range all {
		var n int64
		began, cpu := time.Now(), cpuTime()
		if err := d.QueryRow(q.SQL).Scan(&n); err != nil {
			return fmt.Errorf("%s: %w", q.Figure, err)
		}
		ms := float64(time.Since(began).Microseconds()) / 1000
		used += float64((cpuTime() - cpu).Microseconds()) / 1000
		ours, duck = ours+q.MS, duck+ms
		if n != q.N {
			wrong++
		}
		fmt.Printf("%-32s %8d %8d %8.1f ms, the program %8.1f ms\n", q.Figure, n, q.N, ms, q.MS)
	}
	fmt.Printf("%d figures, %d differ; DuckDB %.0f ms (%.0f ms of processor), the program %.0f ms: %.1f times\n", len(all), wrong, duck, used, ours, duck/ours)
	if wrong > 0 {
		return fmt.Errorf("%d figures differ", wrong)
	}
	return nil
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
