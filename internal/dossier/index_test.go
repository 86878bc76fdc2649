package dossier

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
	"congminh/internal/kit/id"
)

// paperFile puts a file of checked documents into the tables, as if it had been
// scanned and read. A document is a title, a group and how many pages it has.
type paperFile struct {
	title, group string
	pages        int
}

func (o *office) papers(d ID, docs ...paperFile) (out []Document) {
	o.t.Helper()
	ctx := o.t.Context()
	scan := Scan{ID: id.New[Scan](), Dossier: d, Seq: 1, Name: "a.pdf", SHA256: string(id.New[Scan]()), State: Read, Via: "api", Received: noon}
	seq, err := o.store.nextSeq(ctx, d)
	o.ok(err)
	scan.Seq = seq
	o.ok(o.store.insertScan(ctx, scan))
	n := 0
	for _, f := range docs {
		doc := Document{ID: id.New[Document](), Dossier: d, Kind: "khac", Group: f.group, Title: f.title, Number: fmt.Sprintf("%d/QĐ-CSĐT", len(out)+1),
			Date: "2026-03-12", Issuer: "Cơ quan CSĐT Công an tỉnh Lào Cai", Signer: "Nguyễn Văn Ưởng", State: Accepted, PDFState: "none"}
		o.ok(o.store.saveDocument(ctx, doc))
		for range f.pages {
			n++
			p := Page{ID: id.New[Page](), Dossier: d, Scan: scan.ID, N: n, Position: position(seq, n, 0), Document: doc.ID, State: Checked, W: 100, H: 140, DPI: 100, Version: 1, ReadAt: noon}
			_, err := o.store.insertPage(ctx, p)
			o.ok(err)
		}
		out = append(out, doc)
	}
	o.ok(o.store.addPages(ctx, d, n))
	return out
}

func (o *office) dossier(who context.Context, c int) Dossier {
	o.t.Helper()
	d, err := o.Create(who, New{Case: o.cases[c].ID, Kind: CaseFile})
	o.ok(err)
	return d
}

func TestIndex(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		clerk, ksv := o.as("vanthu"), o.as("ksv")
		file := o.dossier(clerk, 0)
		docs := o.papers(file.ID, paperFile{"=1+1 Quyết định khởi tố", "to-tung", 2}, paperFile{"Biên bản hỏi cung", "loi-khai-bi-can", 3},
			paperFile{"Lệnh khám xét", "to-tung", 1}, paperFile{"Tờ giấy lạ", "", 1})
		pages, err := o.store.pages(t.Context(), file.ID)
		o.ok(err)
		// The second page is left out; one is said to be missing after the fourth.
		o.ok(o.store.setArrangement(t.Context(), Slot{Page: pages[1].ID, Document: docs[0].ID, State: Excluded}, pages[1].Position))
		_, err = o.MarkMissing(clerk, pages[3].ID, "Bản giấy thiếu tờ này")
		o.ok(err)

		x, err := o.IndexOf(ksv, file.ID)
		o.ok(err)
		if !x.Draft() || x.Free != 7 || x.Numberer != "" || x.Lines[0].From != 0 {
			t.Errorf("before numbering: draft %v, %d free, by %q, from %d", x.Draft(), x.Free, x.Numberer, x.Lines[0].From)
		}
		var draft bytes.Buffer
		o.ok(o.WriteIndex(ksv, file.ID, ByFolio, AsXLSX, func(Index) io.Writer { return &draft }))
		if cells := bookCells(t, draft.Bytes()); !strings.Contains(cells, "BẢN NHÁP") {
			t.Errorf("the sheet of an unnumbered file is no draft:\n%s", cells)
		}

		_, err = o.number(clerk, file.ID)
		o.ok(err)
		_, err = o.Remark(clerk, file.ID, 2, "erasure", "Dòng thứ ba bị tẩy xóa")
		o.ok(err)
		if x, err = o.IndexOf(ksv, file.ID); err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, l := range x.Lines {
			got += fmt.Sprintf("%s|%s|%d|%s\n", l.Title, Cite(l.From, l.To), l.Pages, l.Note)
		}
		want := "=1+1 Quyết định khởi tố|BL 01|1|\nBiên bản hỏi cung|BL 02–05|4|thiếu BL 04; BL 02: tẩy xóa, sửa chữa\nLệnh khám xét|BL 06|1|\nTờ giấy lạ|BL 07|1|\n"
		if got != want || x.Draft() || x.Pages != 7 || x.Numberer != "Hoàng Thị Mẩy" {
			t.Errorf("by folio:\n%s\nwant\n%s\ndraft %v, %d pages, numbered by %q", got, want, x.Draft(), x.Pages, x.Numberer)
		}
		if !strings.Contains(x.Office, "khu vực 3") || x.Above == "" {
			t.Errorf("head: %q, %q", x.Above, x.Office)
		}
		got = ""
		for _, s := range x.ByGroup() {
			got += fmt.Sprintf("%s %d %d\n", s.Name, len(s.Lines), s.Pages)
		}
		if want := "Thủ tục tố tụng 2 2\nLời khai bị can 1 4\nChưa xếp nhóm 1 1\n"; got != want {
			t.Errorf("by group:\n%s\nwant\n%s", got, want)
		}

		for _, order := range []IndexOrder{ByFolio, InGroup} {
			var sheet, paper bytes.Buffer
			o.ok(o.WriteIndex(ksv, file.ID, order, AsXLSX, func(Index) io.Writer { return &sheet }))
			o.ok(o.WriteIndex(ksv, file.ID, order, AsPDF, func(Index) io.Writer { return &paper }))
			cells := bookCells(t, sheet.Bytes())
			for _, want := range []string{"=1+1 Quyết định khởi tố", "02–05", "Tổng cộng: 4 tài liệu, 7 trang (BL 01–07).", "Dòng thứ ba bị tẩy xóa"} {
				if !strings.Contains(cells, want) {
					t.Errorf("no %q in\n%s", want, cells)
				}
			}
			if strings.Contains(cells, "BẢN NHÁP") || strings.Contains(cells, "Cộng 2 tài liệu") != (order == InGroup) {
				t.Errorf("order %q:\n%s", order, cells)
			}
			if !bytes.HasPrefix(paper.Bytes(), []byte("%PDF-")) {
				t.Error("no PDF")
			}
		}

		// Who may see it and who may take it away.
		began := func(Index) io.Writer { t.Error("began to write"); return io.Discard }
		if err := o.WriteIndex(clerk, file.ID, ByFolio, AsPDF, began); !errors.Is(err, auth.ErrMay) {
			t.Errorf("taken away by who may not: %v", err)
		}
		if _, err := o.IndexOf(o.as("quantri"), file.ID); !errors.Is(err, auth.ErrMay) {
			t.Errorf("seen by the administrator: %v", err)
		}
		secret := o.dossier(o.as("ksv2"), 5)
		if _, err := o.IndexOf(clerk, secret.ID); !errors.Is(err, ErrNone) {
			t.Errorf("a file of a secret case: %v", err)
		}
		if err := o.WriteIndex(ksv, secret.ID, ByFolio, AsPDF, began); !errors.Is(err, ErrNone) {
			t.Errorf("a file of a secret case, written: %v", err)
		}
	})
}

// bookCells is every cell of every sheet of a book.
func bookCells(t *testing.T, book []byte) (out string) {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(book))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, name := range f.GetSheetList() {
		rows, err := f.GetRows(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			out += strings.Join(r, "|") + "\n"
		}
	}
	return out
}
