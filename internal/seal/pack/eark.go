package pack

import (
	"embed"
	"fmt"
	"path"
	"strconv"
	"strings"
)

// An E-ARK SIP 2.2 (dilcis.eu): METS.xml over the whole, and one over the only
// representation, which has its files. "CSIP" and "SIP" are numbers of its requirements.
const (
	metsName       = "METS.xml"
	representation = "representations/rep1/"
	profile        = "https://earksip.dilcis.eu/profile/E-ARK-SIP-v2-2-0.xml"

	metsSpace   = "http://www.loc.gov/METS/"
	csipSpace   = "https://DILCIS.eu/XML/METS/CSIPExtensionMETS"
	xlinkSpace  = "http://www.w3.org/1999/xlink"
	premisSpace = "http://www.loc.gov/premis/v3"
	xsiSpace    = "http://www.w3.org/2001/XMLSchema-instance"
)

// schemas go into every package (CSIP113): who opens it in fifty years has them.
//
//go:embed schemas/*.xsd
var schemas embed.FS

// eark is what an archive needs beside the documents and papers, which are of the
// whole package.
func (m Manifest) eark(documents, papers []entry) ([]entry, error) {
	files, err := schemas.ReadDir("schemas")
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		b, err := schemas.ReadFile("schemas/" + f.Name())
		if err != nil {
			return nil, err
		}
		papers = append(papers, fixed("schemas/"+f.Name(), b))
	}
	rep, err := document(m.metsOfFiles(documents))
	if err != nil {
		return nil, err
	}
	papers = append(papers, fixed(representation+metsName, rep))
	whole, err := document(m.metsOfWhole(append(documents[:len(documents):len(documents)], papers...)))
	return append(papers, fixed(metsName, whole)), err
}

// letters are a name in letters that XML takes in an ID.
func letters(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '/':
			return '-'
		case r < 0x80 && (r == '.' || r == '-' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'):
			return r
		}
		return '_'
	}, name)
}

func fileID(name string) string { return "f-" + letters(name) }

// properties are what METS says of any file it points to.
func (m Manifest) properties(e entry) []string {
	return is("MIMETYPE", mime(e.name), "SIZE", strconv.FormatInt(e.Bytes, 10), "CREATED", instant(m.Made), "CHECKSUM", e.SHA256, "CHECKSUMTYPE", "SHA-256")
}

func pointer(href string) []string {
	return is("LOCTYPE", "URL", "xlink:type", "simple", "xlink:href", href)
}

// group is a group of files; their locations are told from folder.
func (m Manifest) group(use, folder string, es []entry, take func(name string) bool) element {
	g := el("mets:fileGrp", is("ID", "g-"+letters(use), "USE", use))
	for _, e := range es {
		if take(e.name) {
			g.kids = append(g.kids, el("mets:file", append(is("ID", fileID(e.name)), m.properties(e)...), el("mets:FLocat", pointer(strings.TrimPrefix(e.name, folder)))))
		}
	}
	return g
}

// division is the part of the structure that a group of files stands for.
func division(g element, kids ...element) element {
	use := g.attrs[3]
	return el("mets:div", is("ID", "d-"+letters(use), "LABEL", use), kids...)
}

func below(folder string) func(string) bool {
	return func(name string) bool { return strings.HasPrefix(name, folder) }
}

func file(id string) element { return el("mets:fptr", is("FILEID", id)) }

// metsOfWhole is of the package: its papers, and where its representation is.
func (m Manifest) metsOfWhole(es []entry) element {
	admin := el("mets:amdSec", is("ID", "amd"))
	for _, e := range es {
		if e.name == premisName {
			admin.kids = append(admin.kids, el("mets:digiprovMD", is("ID", "md-premis", "CREATED", instant(m.Made), "STATUS", "CURRENT"),
				el("mets:mdRef", append(append(pointer(e.name), "MDTYPE", "PREMIS"), m.properties(e)...))))
		}
	}
	documentation, schemas := m.group("Documentation", "", es, below("documentation/")), m.group("Schemas", "", es, below("schemas/"))
	rep := m.group("Representations/"+path.Base(representation), "", es, func(n string) bool { return n == representation+metsName })
	rep.attrs = append(rep.attrs, "csip:CONTENTINFORMATIONTYPE", "MIXED")
	return m.mets(m.ID, m.Title, "", []element{admin}, []element{documentation, schemas, rep},
		el("mets:div", is("ID", "d-Metadata", "LABEL", "Metadata", "ADMID", "md-premis")),
		division(documentation, file(documentation.attrs[1])), division(schemas, file(schemas.attrs[1])),
		division(rep, el("mets:mptr", append(pointer(representation+metsName), "xlink:title", rep.attrs[1]))))
}

// metsOfFiles is of the representation: every document with its files, in order.
func (m Manifest) metsOfFiles(es []entry) element {
	data := m.group("Data", representation, es, below(representation))
	div := division(data, file(data.attrs[1]))
	for _, d := range m.Documents {
		one := el("mets:div", is("ID", fmt.Sprintf("d-%03d", d.Number), "ORDER", strconv.Itoa(d.Number), "LABEL", d.Title, "TYPE", d.Kind))
		for _, name := range []string{d.Original, d.Derivative, d.Text, d.Record} {
			if name != "" {
				one.kids = append(one.kids, file(fileID(name)))
			}
		}
		div.kids = append(div.kids, one)
	}
	return m.mets(path.Base(representation), m.Title, "../../", nil, []element{data}, el("mets:div", is("ID", "d-Metadata", "LABEL", "Metadata")), div)
}

// mets is a METS of the profile. Up leads from it to the root of the package.
func (m Manifest) mets(id, label, up string, admin, groups []element, divisions ...element) element {
	made := instant(m.Made)
	header := el("mets:metsHdr", is("CREATEDATE", made, "RECORDSTATUS", "NEW", "csip:OAISPACKAGETYPE", "SIP"),
		el("mets:agent", is("ROLE", "CREATOR", "TYPE", "OTHER", "OTHERTYPE", "SOFTWARE"), say("mets:name", "Cong Minh"),
			element{name: "mets:note", attrs: is("csip:NOTETYPE", "SOFTWARE VERSION"), text: Format}),
		el("mets:agent", is("ROLE", "CREATOR", "TYPE", "ORGANIZATION"), say("mets:name", m.Agency)), // SIP15: who submits
		el("mets:agent", is("ROLE", "CREATOR", "TYPE", "INDIVIDUAL"), say("mets:name", m.MadeBy)))   // SIP21: whom to ask
	kids := append([]element{header}, admin...)
	kids = append(kids, el("mets:fileSec", is("ID", "files"), groups...),
		el("mets:structMap", is("ID", "structure", "TYPE", "PHYSICAL", "LABEL", "CSIP"), el("mets:div", is("ID", "d-whole", "LABEL", id), divisions...)))
	return el("mets:mets", is("xmlns:mets", metsSpace, "xmlns:csip", csipSpace, "xmlns:xlink", xlinkSpace, "xmlns:xsi", xsiSpace,
		"xsi:schemaLocation", fmt.Sprintf("%s %sschemas/mets.xsd %s %sschemas/xlink.xsd %s %sschemas/DILCISExtensionMETS.xsd", metsSpace, up, xlinkSpace, up, csipSpace, up),
		"OBJID", id, "LABEL", label, "TYPE", "Mixed", "csip:CONTENTINFORMATIONTYPE", "MIXED", "PROFILE", profile), kids...)
}
