package backup

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"modernc.org/sqlite"

	"congminh/internal/kit/fault"
)

// SQLite copies a database as it is at one moment to a new file, page by page, while
// others go on writing. VACUUM INTO would lay the pages out anew, and a row more would
// move all that come after it; here a page that did not change stays where it was.
func SQLite(ctx context.Context, path, to string) (err error) {
	defer fault.Wrap(&err, "copy database")
	if _, err := os.Stat(path); err != nil { // opening it would make one
		return err
	}
	d, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)")
	if err != nil {
		return err
	}
	defer d.Close()
	c, err := d.Conn(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	return c.Raw(func(raw any) error {
		copier, ok := raw.(interface {
			NewBackup(to string) (*sqlite.Backup, error)
		})
		if !ok {
			return errors.New("the driver cannot copy online")
		}
		b, err := copier.NewBackup("file:" + to)
		if err != nil {
			return err
		}
		_, err = b.Step(-1) // all in one: one moment
		return errors.Join(err, b.Finish())
	})
}

// Postgres lets pg_dump write the database at url to a new file, in its own format for
// pg_restore. The password goes by the environment, where other accounts do not see it.
func Postgres(ctx context.Context, url, to string) error {
	tool, err := exec.LookPath("pg_dump")
	if err != nil {
		return fmt.Errorf("không có pg_dump; hãy cài gói postgresql-client: %w", err)
	}
	c := exec.CommandContext(ctx, tool, "--format=custom", "--compress=0", "--no-owner", "--file="+to) //nolint:gosec // a program of the machine
	c.Env = append(os.Environ(), "PGCONNECT_TIMEOUT=15")
	env, err := pgEnv(url)
	if err != nil {
		return err
	}
	c.Env = append(c.Env, env...)
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("pg_dump: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}
