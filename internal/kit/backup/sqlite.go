package backup

import (
	"context"
	"database/sql"
	"errors"
	"os"

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
