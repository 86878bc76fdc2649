package pdfa

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// Producer is the program that wrote the PDF.
const Producer = "Công Minh"

// info is the document information dictionary (32000, 14.3.3). It must say the
// same as the XMP (19005-1, 6.7.3), so both leave out what is empty.
func (m Meta) info() string {
	var b strings.Builder
	b.WriteString("<<")
	for _, e := range []struct{ key, value string }{
		{"Title", m.Title}, {"Author", m.Author}, {"Subject", m.Subject},
		{"Keywords", m.Keywords}, {"Creator", m.Creator}, {"Producer", Producer},
	} {
		if e.value != "" {
			fmt.Fprintf(&b, "/%s%s", e.key, text(e.value))
		}
	}
	fmt.Fprintf(&b, "/CreationDate(%s)/ModDate(%s)>>", date(m.Time), date(m.Time))
	return b.String()
}

// xmp is the metadata packet (ISO 16684-1). It uses only schemas that 19005
// predefines, so no extension schema has to be declared.
func (m Meta) xmp() string {
	var b strings.Builder
	b.WriteString("<?xpacket begin=\"\ufeff\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n" +
		"<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n" +
		"  <rdf:Description rdf:about=\"\" xmlns:pdfaid=\"http://www.aiim.org/pdfa/ns/id/\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\"" +
		" xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" xmlns:pdf=\"http://ns.adobe.com/pdf/1.3/\">\n")
	put := func(format, value string) {
		if value != "" {
			fmt.Fprintf(&b, "   "+format+"\n", escape(value))
		}
	}
	fmt.Fprintf(&b, "   <pdfaid:part>%d</pdfaid:part>\n   <pdfaid:conformance>B</pdfaid:conformance>\n", m.Level.part())
	put("<dc:format>%s</dc:format>", "application/pdf")
	put(`<dc:title><rdf:Alt><rdf:li xml:lang="x-default">%s</rdf:li></rdf:Alt></dc:title>`, m.Title)
	put("<dc:creator><rdf:Seq><rdf:li>%s</rdf:li></rdf:Seq></dc:creator>", m.Author)
	put(`<dc:description><rdf:Alt><rdf:li xml:lang="x-default">%s</rdf:li></rdf:Alt></dc:description>`, m.Subject)
	put("<dc:language><rdf:Bag><rdf:li>%s</rdf:li></rdf:Bag></dc:language>", "vi-VN")
	put("<pdf:Keywords>%s</pdf:Keywords>", m.Keywords)
	put("<pdf:Producer>%s</pdf:Producer>", Producer)
	put("<xmp:CreatorTool>%s</xmp:CreatorTool>", m.Creator)
	t := m.Time.Format("2006-01-02T15:04:05-07:00")
	put("<xmp:CreateDate>%s</xmp:CreateDate>", t)
	put("<xmp:ModifyDate>%s</xmp:ModifyDate>", t)
	put("<xmp:MetadataDate>%s</xmp:MetadataDate>", t)
	b.WriteString("  </rdf:Description>\n </rdf:RDF>\n</x:xmpmeta>\n<?xpacket end=\"w\"?>")
	return b.String()
}

func escape(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(norm.NFC.String(s))) // a bytes.Buffer takes everything
	return b.String()
}
