package org

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"

	"github.com/BurntSushi/toml"

	"congminh/internal/kit"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/vn"
	"congminh/internal/kit/web"
)

//go:embed data/*.toml
var data embed.FS

//go:embed en.toml
var texts embed.FS

//go:embed static
var staticFiles embed.FS

// assets is the script of this module's own pages.
var assets = web.NewAssets("/static/org/", sub(staticFiles, "static"))

func sub(f fs.FS, dir string) fs.FS {
	out, err := fs.Sub(f, dir)
	if err != nil {
		panic(err) // the folder is inside the program: it was built wrong
	}
	return out
}

// Module returns what this module hands to app.
func (s *Service) Module() kit.Module {
	return kit.Module{Name: "org", Schema: sub(schema, "schema"), Texts: texts, Web: s.web, API: s.api}
}

// Rights returns what each role may do (data/roles.toml).
func Rights() map[Role]Right {
	var out map[Role]Right
	decode("data/roles.toml", &out)
	return out
}

// reform is the day the offices of three levels began.
const reform civil.Date = "2025-07-01"

const resolution = "Nghị quyết 84/2025/UBTVQH15"

// Register returns the offices that come with the program (data/offices.toml),
// each after the one above it.
func Register() []Office {
	type office struct {
		ID         auth.Office `toml:"id"`
		Name       string      `toml:"name"`
		Short      string      `toml:"short"`
		Level      Level       `toml:"level"`
		Parent     auth.Office `toml:"parent"`
		Code       string      `toml:"code"`
		From       civil.Date  `toml:"from"`
		To         civil.Date  `toml:"to"`
		Successor  auth.Office `toml:"successor"`
		Source     string      `toml:"source"`
		Confidence Confidence  `toml:"confidence"`
	}
	var file struct {
		Office   []office `toml:"office"`
		Unit     []office `toml:"unit"`
		Province []struct {
			ID       auth.Office `toml:"id"`
			Name     string      `toml:"name"`
			Absorbed []string    `toml:"absorbed"`
			Regions  int         `toml:"regions"`
		} `toml:"province"`
		Districts []struct {
			Province auth.Office `toml:"province"`
			Names    []string    `toml:"names"`
		} `toml:"districts"`
	}
	decode("data/offices.toml", &file)

	var out []Office
	path := map[auth.Office]string{"": "/"}
	put := func(o Office) {
		up, ok := path[o.Parent]
		if _, twice := path[o.ID]; twice || !ok {
			panic(fmt.Sprintf("org: office %s stands twice or before %q", o.ID, o.Parent))
		}
		o.Path = up + string(o.ID) + "/"
		path[o.ID] = o.Path
		out = append(out, o)
	}
	for _, o := range file.Office {
		put(Office{o.ID, o.Name, o.Short, o.Level, o.Parent, "", o.Code, o.From, o.To, o.Successor, o.Source, o.Confidence})
	}
	for _, u := range file.Unit {
		if u.Confidence == "" {
			u.Confidence, u.Source = Assumed, "Cần đối chiếu Nghị quyết 1745/NQ-UBTVQH15"
		}
		put(Office{u.ID, u.Name, u.Name, Unit, "tc", "", u.Code, u.From, u.To, "", u.Source, u.Confidence})
	}
	province := func(id auth.Office, name string) Office {
		return Office{ID: id, Name: "Viện kiểm sát nhân dân " + name, Short: "VKSND " + name, Level: Province, Parent: "tc",
			Source: resolution, Confidence: Law}
	}
	for _, p := range file.Province {
		o := province(p.ID, p.Name)
		put(o)
		o.Path = path[p.ID]
		for _, a := range p.Absorbed {
			id, name, _ := strings.Cut(a, " ")
			old := province(auth.Office(id), name)
			old.To, old.Successor = reform.Add(-1), p.ID
			put(old)
		}
		// Nobody has written down fewer than the least of those found, four.
		known := max(p.Regions, 4)
		for i := 1; i <= known; i++ {
			r := region(o, i)
			switch {
			case i > p.Regions:
				r.Confidence, r.Source = Assumed, "Cần đối chiếu "+resolution
			default:
				r.Confidence, r.Source = Seen, "Tài liệu của ngành; đối chiếu "+resolution
			}
			put(r)
		}
	}
	for _, d := range file.Districts {
		for _, name := range d.Names {
			id := auth.Office(string(d.Province) + "-" + strings.ReplaceAll(vn.Fold(name), " ", "-"))
			put(Office{ID: id, Name: "Viện kiểm sát nhân dân " + name, Short: "VKSND " + name, Level: District, Parent: d.Province,
				To: reform.Add(-1), Source: "Đơn vị cấp huyện đến ngày 30/6/2025", Confidence: Law})
		}
	}
	return out
}

// region returns the i-th regional office of a province.
func region(p Office, i int) Office {
	place := strings.TrimPrefix(p.Name, "Viện kiểm sát nhân dân ")
	for _, kind := range []string{"tỉnh ", "thành phố "} {
		place = strings.TrimPrefix(place, kind)
	}
	id := auth.Office(fmt.Sprintf("%s-kv%d", p.ID, i))
	return Office{
		ID: id, Level: Region, Parent: p.ID, Path: p.Path + string(id) + "/", Code: fmt.Sprintf("VKSKV%d", i), From: reform,
		Name:   fmt.Sprintf("Viện kiểm sát nhân dân khu vực %d – %s", i, place),
		Short:  fmt.Sprintf("VKSND khu vực %d – %s", i, place),
		Source: resolution,
	}
}

// decode reads a file that comes with the program; that it can be read is tested.
func decode(name string, into any) {
	text, err := data.ReadFile(name)
	if err == nil {
		var md toml.MetaData
		if md, err = toml.Decode(string(text), into); err == nil && len(md.Undecoded()) > 0 {
			err = fmt.Errorf("unknown key %s", md.Undecoded()[0])
		}
	}
	if err != nil {
		panic(fmt.Sprintf("org: %s: %v", name, err))
	}
}
