package pack

import (
	"bytes"
	_ "embed"
	"encoding/xml"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// archived is an E-ARK package in a folder, and its files.
func archived(t testing.TB) (dir string, fs map[string][]byte) {
	t.Helper()
	d := newDesk(t)
	d.form = EARK
	p, v := d.pack(t, 2, 1)
	dir = filepath.Join(t.TempDir(), p.list.ID)
	fatal(t, p.WriteFolder(dir, v))
	for name := range files(t, zipOf(t, p, v)) {
		if !strings.HasPrefix(name, p.list.ID+"/") { // CSIPSTR1, CSIPSTR2
			t.Errorf("%s is outside the folder of the package", name)
		}
	}
	return dir, inside(t, p, v)
}

// METS and PREMIS are what their schemas say, checked by libxml2; a METS that is not is
// found.
func TestSchemas(t *testing.T) {
	if _, err := exec.LookPath("xmllint"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	dir, fs := archived(t)
	lint := func(schema, file string) (string, error) {
		c := exec.Command("xmllint", "--noout", "--nonet", "--schema", schema, file)
		c.Env = append(os.Environ(), "XML_CATALOG_FILES=schemas/catalog.xml")
		out, err := c.CombinedOutput()
		return string(out), err
	}
	for file, schema := range map[string]string{metsName: "testdata/all.xsd", representation + metsName: "testdata/all.xsd", premisName: "schemas/premis.xsd"} {
		if out, err := lint(schema, filepath.Join(dir, file)); err != nil {
			t.Errorf("%s: %v\n%s", file, err, out)
		}
		for old, wrong := range map[string]string{`OAISPACKAGETYPE="SIP"`: `OAISPACKAGETYPE="X"`, `CHECKSUMTYPE="SHA-256"`: `CHECKSUMTYPE="SHA-3"`, "<premis:eventType>": "<premis:kind/><premis:eventType>"} {
			if !bytes.Contains(fs[file], []byte(old)) {
				continue
			}
			bad := save(t, "bad.xml", bytes.Replace(fs[file], []byte(old), []byte(wrong), 1))
			if out, err := lint(schema, bad); err == nil {
				t.Errorf("%s with %s is valid: %s", file, wrong, out)
			}
		}
	}
	d := newDesk(t)
	p, v := d.pack(t, 1)
	premis := save(t, "premis.xml", files(t, zipOf(t, p, v))[premisName])
	if out, err := lint("schemas/premis.xsd", premis); err != nil {
		t.Errorf("premis of a bag: %v\n%s", err, out)
	}
}

//go:embed testdata/requirements.tsv
var published string

// requirement is a line of the published list.
type requirement struct{ id, level, path, cardinality, dependsOn string }

// The published paths say less than the published text in these places.
var meant = map[string]string{
	// Of the mandatory agent, the software; the SIP asks for others beside it.
	"CSIP11": "mets/metsHdr/agent[@OTHERTYPE='SOFTWARE']/@ROLE", "CSIP12": "mets/metsHdr/agent[@OTHERTYPE='SOFTWARE']/@TYPE",
	"CSIP14": "mets/metsHdr/agent[@OTHERTYPE='SOFTWARE']/name", "CSIP15": "mets/metsHdr/agent[@OTHERTYPE='SOFTWARE']/note",
	"CSIP16": "mets/metsHdr/agent[@OTHERTYPE='SOFTWARE']/note[@csip:NOTETYPE='SOFTWARE VERSION']",
	// Of one who submits, and of the person to ask.
	"SIP15": "mets/metsHdr/agent[@TYPE='ORGANIZATION']", "SIP22": "mets/metsHdr/agent[@TYPE='INDIVIDUAL']/@ROLE",
	"SIP23": "mets/metsHdr/agent[@TYPE='INDIVIDUAL']/@TYPE", "SIP24": "mets/metsHdr/agent[@TYPE='INDIVIDUAL']/name",
	// Of divisions that stand for a representation.
	"CSIP108": repDivision + "/mptr/@xlink:title", "CSIP109": repDivision + "/mptr",
	"CSIP110": repDivision + "/mptr/@xlink:href", "CSIP111": repDivision + "/mptr[@xlink:type='simple']", "CSIP112": repDivision + "/mptr[@LOCTYPE='URL']",
}

const repDivision = "mets/structMap[@LABEL='CSIP']/div/div[@LABEL=[starts-with('Representations/')]]"

// apart are those that do not apply: content without a representation (CSIP101), and
// what depends on something a SIP may have and ours has not.
var apart = []string{"CSIP103", "SIP9", "SIP13", "SIP19", "SIP26", "SIP30"}

// Values the text fixes and the path does not.
var fixedValues = map[string]string{"CSIP6": profile, "CSIP9": "SIP", "SIP2": profile, "SIP4": "SIP", "CSIP11": "CREATOR", "CSIP12": "OTHER", "SIP22": "CREATOR", "CSIP2": "Mixed"}

func requirements() (out []requirement) {
	for l := range strings.Lines(published) {
		f := strings.Split(strings.TrimSuffix(l, "\n"), "\t")
		r := requirement{f[0], f[1], f[2], f[3], f[4]}
		if !strings.HasPrefix(r.path, "mets") || strings.HasPrefix(r.path, "metsHdr") {
			r.path = "mets/" + r.path
		}
		if p, ok := meant[r.id]; ok {
			r.path = p
		}
		if r.level == "MUST" && !slices.Contains(apart, r.id) && !slices.Contains(apart, r.dependsOn) {
			out = append(out, r)
		}
	}
	return out
}

// node is an element of METS; its attributes are named as the requirements name them.
type node struct {
	name, text string
	attrs      map[string]string
	kids       []*node
}

var prefixes = map[string]string{"": "", csipSpace: "csip:", xlinkSpace: "xlink:", xsiSpace: "xsi:", "xmlns": "xmlns:"}

func parse(t testing.TB, b []byte) *node {
	t.Helper()
	top := &node{}
	open := []*node{top}
	d := xml.NewDecoder(bytes.NewReader(b))
	for {
		tok, err := d.Token()
		if tok == nil {
			return top
		}
		fatal(t, err)
		last := open[len(open)-1]
		switch tok := tok.(type) {
		case xml.StartElement:
			if tok.Name.Space != metsSpace {
				t.Errorf("%v is not of METS", tok.Name)
			}
			n := &node{name: tok.Name.Local, attrs: map[string]string{}}
			for _, a := range tok.Attr {
				n.attrs[prefixes[a.Name.Space]+a.Name.Local] = a.Value
			}
			last.kids, open = append(last.kids, n), append(open, n)
		case xml.CharData:
			last.text += string(tok)
		case xml.EndElement:
			open = open[:len(open)-1]
		}
	}
}

func (n *node) all(visit func(*node)) {
	visit(n)
	for _, k := range n.kids {
		k.all(visit)
	}
}

// step is one of a path: name[@attr='value'] or name[@attr=[starts-with('value')]].
func (n *node) step(s string) (out []*node) {
	name, rest, _ := strings.Cut(s, "[@")
	attr, value, _ := strings.Cut(strings.TrimRight(rest, "])"), "=")
	value, prefix := strings.CutPrefix(value, "[starts-with(")
	value = strings.Trim(value, "'")
	for _, k := range n.kids {
		has, ok := k.attrs[attr]
		if k.name == name && (rest == "" || ok && (has == value || prefix && strings.HasPrefix(has, value))) {
			out = append(out, k)
		}
	}
	return out
}

// split cuts a path at the strokes outside brackets.
func split(p string) (out []string) {
	depth, from := 0, 0
	for i, c := range p {
		switch c {
		case '[':
			depth++
		case ']':
			depth--
		case '/':
			if depth == 0 {
				out, from = append(out, p[from:i]), i+1
			}
		}
	}
	return append(out, p[from:])
}

// broken tells why a requirement is not met, or nothing. A requirement about what stands
// in something that is not there is met.
func (r requirement) broken(top *node) string {
	steps := split(r.path)
	at := []*node{top}
	for _, s := range steps[:len(steps)-1] {
		var next []*node
		for _, n := range at {
			next = append(next, n.step(s)...)
		}
		at = next
	}
	last := steps[len(steps)-1]
	for _, n := range at {
		if attr, ok := strings.CutPrefix(last, "@"); ok {
			v := n.attrs[attr]
			if want := fixedValues[r.id]; v == "" || want != "" && v != want {
				return fmt.Sprintf("%s is %q", r.path, v)
			}
			continue
		}
		lower, upper, _ := strings.Cut(r.cardinality, "..")
		least, _ := strconv.Atoi(lower)
		most, err := strconv.Atoi(upper)
		if count := len(n.step(last)); count < least || err == nil && count > most {
			return fmt.Sprintf("%s: %d, not %s", r.path, count, r.cardinality)
		}
	}
	return ""
}

// The METS of a package meets every MUST of CSIP 2.2 and SIP 2.2; without one of the
// attributes they ask for, it does not.
func TestRequirements(t *testing.T) {
	_, fs := archived(t)
	rs, applied := requirements(), 0
	for _, r := range rs {
		if why := r.broken(parse(t, fs[metsName])); why != "" {
			t.Errorf("%s: %s", r.id, why)
		}
		i := strings.LastIndex(r.path, "/@")
		if i < 0 {
			continue
		}
		top, found := parse(t, fs[metsName]), false
		top.all(func(n *node) {
			if _, ok := n.attrs[r.path[i+2:]]; ok {
				n.attrs[r.path[i+2:]], found = "", true
			}
		})
		if found && r.broken(top) != "" {
			applied++
		}
	}
	if len(rs) < 90 || applied < 40 {
		t.Errorf("%d requirements, %d of them about attributes that are there", len(rs), applied)
	}
	// The representation's own, which has its files instead of documentation and schemas.
	for _, r := range rs {
		if why := r.broken(parse(t, fs[representation+metsName])); why != "" && !slices.Contains([]string{"CSIP60", "CSIP113", "CSIP114", "CSIP95", "CSIP99", "CSIP109"}, r.id) {
			t.Errorf("representation, %s: %s", r.id, why)
		}
	}
}

// Folders are those of CSIPSTR; METS points to files that are there, and says of them what is
// true; every document, paper and schema is pointed to.
func TestPointers(t *testing.T) {
	_, fs := archived(t)
	pointed := map[string]bool{metsName: true, manifestName: true, payloadName: true, tagName: true}
	for _, mets := range []string{metsName, representation + metsName} {
		ids := map[string]bool{}
		var refs []string
		parse(t, fs[mets]).all(func(n *node) {
			if id := n.attrs["ID"]; id != "" {
				if ids[id] {
					t.Errorf("%s: two are %q", mets, id)
				}
				ids[id] = true
			}
			for _, a := range []string{"FILEID", "ADMID", "xlink:title"} {
				if v := n.attrs[a]; v != "" {
					refs = append(refs, v)
				}
			}
			held := n
			if n.name == "file" {
				held = n.kids[0]
			}
			href, ok := held.attrs["xlink:href"]
			if !ok || n.name == "FLocat" {
				return
			}
			name := path.Join(path.Dir(mets), href)
			b, there := fs[name]
			pointed[name] = true
			if !there {
				t.Errorf("%s points to %s, which is not there", mets, name)
			}
			if n.name != "mptr" && (n.attrs["SIZE"] != strconv.Itoa(len(b)) || n.attrs["CHECKSUM"] != digest(b)) {
				t.Errorf("%s says of %s what is not so", mets, name)
			}
		})
		for _, r := range refs {
			if !ids[r] {
				t.Errorf("%s: nothing is %q", mets, r)
			}
		}
	}
	for name := range fs {
		if !pointed[name] && !strings.HasPrefix(name, proofFolder) {
			t.Errorf("no METS points to %s", name)
		}
	}
	for _, name := range []string{"METS.xml", "metadata/preservation/premis.xml", "representations/rep1/METS.xml", "representations/rep1/data/documents/001/derivative.pdf", "schemas/mets.xsd", "documentation/KIEM-CHUNG.txt"} {
		if fs[name] == nil {
			t.Errorf("no %s", name)
		}
	}
}

// A zip whose folder was named anew is told, and its files are checked all the same.
func TestFolderNamedAnew(t *testing.T) {
	d := newDesk(t)
	d.form = EARK
	p, v := d.pack(t, 1)
	z := zipOf(t, p, v)
	if r := look(z, d.trust()); r.State != Intact || len(r.Findings) != 1 {
		t.Error(tell(r))
	}
	anew := bytes.ReplaceAll(z, []byte(p.list.top()), []byte("0"+p.list.top()[1:len(p.list.top())-2]+"2/"))
	if r := look(anew, d.trust()); r.State != Intact || len(r.Findings) != 2 {
		t.Error(tell(r))
	}
	for _, id := range []string{"", "a/b", "..", "a:b"} {
		if _, err := Prepare(Package{Form: EARK, About: About{ID: id}}); err == nil {
			t.Errorf("an archive's package is named %q", id)
		}
	}
	if _, err := Prepare(Package{Form: "khác", About: About{ID: "a"}}); err == nil {
		t.Error("a form nobody knows was written")
	}
}
