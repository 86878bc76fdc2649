package backup

import (
	"errors"
	"net/url"
)

// pgEnv says in libpq's environment what the address of a database says.
func pgEnv(address string) ([]string, error) {
	u, err := url.Parse(address)
	if err != nil { // its text holds the password
		return nil, errors.New("the address of the database is not a URL")
	}
	var out []string
	set := func(name, value string) {
		if value != "" {
			out = append(out, name+"="+value)
		}
	}
	set("PGHOST", u.Hostname())
	set("PGPORT", u.Port())
	set("PGUSER", u.User.Username())
	password, _ := u.User.Password()
	set("PGPASSWORD", password)
	if len(u.Path) > 1 {
		set("PGDATABASE", u.Path[1:])
	}
	if path := u.Query().Get("search_path"); path != "" {
		set("PGOPTIONS", "-c search_path="+path)
	}
	set("PGSSLMODE", u.Query().Get("sslmode"))
	set("PGSSLROOTCERT", u.Query().Get("sslrootcert"))
	return out, nil
}
