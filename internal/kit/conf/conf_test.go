package conf

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

type settings struct {
	Database string `toml:"database" doc:"where"`
	HTTP     struct {
		Addr string        `toml:"addr"`
		Wait time.Duration `toml:"wait"`
		Size int           `toml:"size"`
	} `toml:"http"`
	Key string `toml:"key" secret:"true"`
}

func load(t *testing.T, file string, env map[string]string, args ...string) (settings, error) {
	t.Helper()
	s := settings{Database: "default"}
	path := ""
	if file != "" {
		path = filepath.Join(t.TempDir(), "c.toml")
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	fs := flag.NewFlagSet("x", flag.ContinueOnError)
	Flags(&s, fs)
	if err := fs.Parse(args); err != nil {
		t.Fatal(err)
	}
	err := Load(&s, path, "X", func(k string) string { return env[k] }, fs)
	return s, err
}

func TestLoad(t *testing.T) {
	s, err := load(t, "database = 'file'\n[http]\naddr = 'file'\nwait = '2s'\nsize = 3", map[string]string{"X_HTTP_ADDR": "env", "X_KEY": "hush"}, "-http.addr", "flag", "-http.size", "7")
	if err != nil || s.Database != "file" || s.HTTP.Addr != "flag" || s.HTTP.Wait != 2*time.Second || s.HTTP.Size != 7 || s.Key != "hush" {
		t.Errorf("%+v, %v", s, err)
	}
	for name, c := range map[string]struct {
		file string
		env  map[string]string
		want string
	}{
		"a key nobody knows":      {"[htpp]\naddr='x'", nil, "unknown key htpp"},
		"a number that is none":   {"", map[string]string{"X_HTTP_SIZE": "many"}, "X_HTTP_SIZE"},
		"a duration without unit": {"[http]\nwait='5'", nil, "wait"},
	} {
		if _, err := load(t, c.file, c.env); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q in it", name, err, c.want)
		}
	}
}

// What Print writes gives the same settings again, without the secrets.
func TestPrint(t *testing.T) {
	s, _ := load(t, "", nil, "-database", `a "b"`, "-http.wait", "90s", "-key", "hush")
	var b strings.Builder
	Print(&b, &s)
	if strings.Contains(b.String(), "hush") {
		t.Errorf("the secret is shown:\n%s", b.String())
	}
	again, err := load(t, b.String(), nil)
	s.Key = ""
	if err != nil || again != s {
		t.Errorf("got %+v, want %+v (%v)\n%s", again, s, err, b.String())
	}
}
