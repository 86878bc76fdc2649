package backup

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strings"

	"congminh/internal/kit/fault"
)

// ErrNotEmpty is what LoadPostgres says of a database that holds something.
var ErrNotEmpty = errors.New("backup: the database is not empty (cơ sở dữ liệu không trống)")

// Postgres lets pg_dump write the database at address to a new file, in its own format
// for pg_restore: as it is at one moment, while others go on writing. Where the address
// names a search_path, that schema alone. The password goes by the environment, where
// other accounts do not see it.
func Postgres(ctx context.Context, address, to string) error {
	args := []string{"--format=custom", "--compress=0", "--no-owner", "--no-privileges", "--file=" + to}
	if u, err := url.Parse(address); err == nil && u.Query().Get("search_path") != "" {
		args = append(args, "--schema="+u.Query().Get("search_path"))
	}
	_, err := client(ctx, "pg_dump", address, args...)
	return err
}

// LoadPostgres loads a dump into the database at address, which must have no tables: all
// of it, or on an error nothing.
func LoadPostgres(ctx context.Context, dump, address string) (err error) {
	defer fault.Wrap(&err, "load the dump")
	n, err := client(ctx, "psql", address, "--no-psqlrc", "--tuples-only", "--no-align", "--command=SELECT COUNT(*) FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname LIKE 'pg\\_%' OR nspname = 'information_schema')")
	if err != nil {
		return err
	}
	if strings.TrimSpace(n) != "0" {
		return fmt.Errorf("%w: %s bảng", ErrNotEmpty, strings.TrimSpace(n))
	}
	u, err := url.Parse(address)
	if err != nil {
		return errors.New("the address of the database is not a URL")
	}
	_, err = client(ctx, "pg_restore", address, "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", "--dbname="+strings.TrimPrefix(u.Path, "/"), dump)
	return err
}

// ReadDump lets pg_restore read a dump to its end.
func ReadDump(ctx context.Context, dump string) error {
	_, err := client(ctx, "pg_restore", "", "--file="+os.DevNull, dump)
	return err
}

// client runs a program of PostgreSQL and returns what it said.
func client(ctx context.Context, program, address string, args ...string) (string, error) {
	tool, err := exec.LookPath(program)
	if err != nil {
		return "", fmt.Errorf("không có %s; hãy cài gói postgresql-client: %w", program, err)
	}
	env, err := pgEnv(address)
	if err != nil {
		return "", err
	}
	c := exec.CommandContext(ctx, tool, args...) //nolint:gosec // a program of the machine
	c.Env = append(append(os.Environ(), "PGCONNECT_TIMEOUT=15"), env...)
	var out, wrong strings.Builder
	c.Stdout, c.Stderr = &out, &wrong
	if err := c.Run(); err != nil {
		return "", fmt.Errorf("%s: %w: %s", program, err, strings.TrimSpace(wrong.String()))
	}
	return out.String(), nil
}
