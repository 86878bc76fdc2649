package pack

import (
	"bytes"
	_ "embed"
	"encoding/xml"
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"

	"congminh/internal/kit/civil"
)

//go:embed KIEM-CHUNG.txt
var guide string

const premisName = "metadata/preservation/premis.xml"

// papers is what is written from the manifest, for people and for archives.
func (m Manifest) papers(es []entry) (out []entry, err error) {
	premis, err := document(m.premis(es))
	if err != nil {
		return nil, err
	}
	head := fmt.Sprintf("%s\n%s\n%s · %s\n\n", m.Title, m.Agency, m.ID, m.Made.In(civil.Zone).Format("15:04 02/01/2006"))
	text := strings.ReplaceAll(guide, layouts[Bag].documents, layouts[m.Form].documents)
	out = []entry{fixed(premisName, premis), fixed(layouts[m.Form].guide, []byte(head+text))}
	if m.Form == EARK {
		return m.eark(es, out)
	}
	return append(out, m.bagit(es)...), nil
}

func (m Manifest) bagit(es []entry) []entry {
	oxum, files := int64(0), 0
	for _, e := range es {
		if payload(e.name) {
			oxum, files = oxum+e.Bytes, files+1
		}
	}
	info := fmt.Sprintf("Source-Organization: %s\nExternal-Identifier: %s\nExternal-Description: %s\nBagging-Date: %s\nPayload-Oxum: %d.%d\nBag-Software-Agent: Cong Minh (%s)\n",
		line(m.Agency), line(m.ID), line(m.Title), civil.On(m.Made), oxum, files, Format)
	return []entry{fixed("bagit.txt", []byte("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")), fixed("bag-info.txt", []byte(info))}
}

func line(s string) string { return strings.Join(strings.Fields(s), " ") }

// element is a piece of XML: what encoding/xml needs, with prefixes as written.
type element struct {
	name  string
	attrs []string // key, value, key, value
	kids  []element
	text  string
}

func el(name string, attrs []string, kids ...element) element { return element{name, attrs, kids, ""} }
func say(name, text string) element                           { return element{name: name, text: text} }
func is(kv ...string) []string                                { return kv }

func document(e element) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(xml.Header)
	x := xml.NewEncoder(&b)
	x.Indent("", " ")
	if err := e.write(x); err != nil {
		return nil, err
	}
	err := x.Close()
	b.WriteByte('\n')
	return b.Bytes(), err
}

func (e element) write(x *xml.Encoder) error {
	start := xml.StartElement{Name: xml.Name{Local: e.name}}
	for i := 0; i+1 < len(e.attrs); i += 2 {
		start.Attr = append(start.Attr, xml.Attr{Name: xml.Name{Local: e.attrs[i]}, Value: e.attrs[i+1]})
	}
	if err := x.EncodeToken(start); err != nil {
		return err
	}
	if e.text != "" {
		if err := x.EncodeToken(xml.CharData(e.text)); err != nil {
			return err
		}
	}
	for _, k := range e.kids {
		if err := k.write(x); err != nil {
			return err
		}
	}
	return x.EncodeToken(start.End())
}

func instant(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func mime(name string) string {
	switch path.Ext(name) {
	case ".pdf":
		return "application/pdf"
	case ".txt":
		return "text/plain"
	case ".jpg", ".jpeg":
		return "image/jpeg"
	case ".png":
		return "image/png"
	case ".tif", ".tiff":
		return "image/tiff"
	case ".xml":
		return "text/xml"
	case ".xsd":
		return "application/xml"
	case ".docx":
		return "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	case ".pem":
		return "application/pem-certificate-chain"
	case ".ocsp":
		return "application/ocsp-response"
	case ".crl":
		return "application/pkix-crl"
	}
	return "application/octet-stream"
}

// premis is what the files are and what happened to them (PREMIS 3).
func (m Manifest) premis(es []entry) element {
	root := el("premis:premis", is("xmlns:premis", premisSpace, "xmlns:xsi", xsiSpace, "version", "3.0"))
	if m.Form == EARK {
		root.attrs = append(root.attrs, "xsi:schemaLocation", premisSpace+" ../../schemas/premis.xsd")
	}
	identified := func(what, id string) element {
		return el("premis:"+what+"Identifier", nil, say("premis:"+what+"IdentifierType", "local"), say("premis:"+what+"IdentifierValue", id))
	}
	from := map[string]string{}
	for _, d := range m.Documents {
		from[d.Derivative], from[d.Text] = d.Original, d.Derivative
	}
	for _, e := range es {
		if !payload(e.name) {
			continue
		}
		o := el("premis:object", is("xsi:type", "premis:file"), identified("object", e.name),
			el("premis:objectCharacteristics", nil,
				el("premis:fixity", nil, say("premis:messageDigestAlgorithm", "SHA-256"), say("premis:messageDigest", e.SHA256)),
				say("premis:size", strconv.FormatInt(e.Bytes, 10)),
				el("premis:format", nil, el("premis:formatDesignation", nil, say("premis:formatName", mime(e.name))))))
		if src := from[e.name]; src != "" {
			o.kids = append(o.kids, el("premis:relationship", nil, say("premis:relationshipType", "derivation"), say("premis:relationshipSubType", "has source"),
				el("premis:relatedObjectIdentifier", nil, say("premis:relatedObjectIdentifierType", "local"), say("premis:relatedObjectIdentifierValue", src))))
		}
		root.kids = append(root.kids, o)
	}
	event := func(id, kind string, at time.Time, detail, by, object string) {
		e := el("premis:event", nil, identified("event", id), say("premis:eventType", kind), say("premis:eventDateTime", instant(at)),
			el("premis:eventDetailInformation", nil, say("premis:eventDetail", detail)),
			el("premis:linkingAgentIdentifier", nil, say("premis:linkingAgentIdentifierType", "local"), say("premis:linkingAgentIdentifierValue", by)))
		if object != "" {
			e.kids = append(e.kids, el("premis:linkingObjectIdentifier", nil, say("premis:linkingObjectIdentifierType", "local"), say("premis:linkingObjectIdentifierValue", object)))
		}
		root.kids = append(root.kids, e)
	}
	var people []string
	known := map[string]bool{}
	meet := func(name string) string {
		if !known[name] {
			known[name], people = true, append(people, name)
		}
		return name
	}
	for _, d := range m.Documents {
		if c := d.Certified; c != nil {
			event(fmt.Sprintf("certified-%03d", d.Number), "digital signature generation", c.At, c.Office, meet(c.By), d.Derivative)
		}
	}
	for i, s := range m.Custody {
		event(fmt.Sprintf("custody-%04d", i+1), "custody", s.At, s.What, meet(s.By), "")
	}
	event("packed", "information package creation", m.Made, m.Title, meet(m.MadeBy), "")
	for _, p := range people {
		root.kids = append(root.kids, el("premis:agent", nil, identified("agent", p), say("premis:agentName", p), say("premis:agentType", "person")))
	}
	return root
}
