package stats

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"congminh/internal/criminal"
	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
	"congminh/internal/kit/page"
	"congminh/internal/seal"
	"congminh/internal/seal/pades"
	"congminh/internal/seal/pki"
	"congminh/internal/seal/stamp"
	"congminh/internal/stats/form"
	"congminh/internal/stats/period"
)

// trial is a small form of its own, so that the test does not hang on those shipped.
func (o *office) trial() string {
	o.t.Helper()
	r, wrong := form.Read(form.Form{ID: "thu", Version: 1, From: "2019-01-01", Title: "Biểu thử", Short: "Biểu thử", Joint: []string{"police"}, Lead: "procuracy",
		Column: []form.Column{{Code: "a", Title: "Số vụ"}},
		Row: []form.Row{{Code: "1", Title: "Cũ", Cells: map[string]string{"a": "investigation.open.start"}}, {Code: "2", Title: "Mới", Cells: map[string]string{"a": "investigation.new"}},
			{Code: "3", Title: "Còn lại", Cells: map[string]string{"a": "investigation.open"}}},
		Check: []form.Check{{ID: "can-doi", Title: "Cũ + mới = còn lại", Left: "1 + 2", Op: "=", Right: "3"}, {ID: "ky-truoc", Title: "Như cuối kỳ trước", Left: "1", Op: "=", Right: "3", Carry: true}},
	}, o.Figures.Has)
	if len(wrong) > 0 {
		o.t.Fatal(wrong)
	}
	o.Forms = append(o.Forms, r)
	return "thu"
}

// opened is a case of somebody's office that was opened on a day.
func (o *office) opened(login, number, day string) criminal.Case {
	o.t.Helper()
	c, err := o.cases.Create(o.as(login), criminal.New{Number: number, Name: "Lù A Thử – Trộm cắp tài sản", Stage: criminal.Report, Persons: []criminal.Person{{Name: "Lù A Thử", Role: criminal.Accused, Born: "1990"}}})
	o.ok(err)
	for _, a := range []ledger.Act{{Kind: "report.receive", At: ledger.Moment(day)}, {Kind: "case.open", At: ledger.Moment(day), Charges: []ledger.Charge{{Article: "173", Clause: "1"}}}} {
		if _, found, err := o.cases.Record(o.as(login), c.ID, a); err != nil {
			o.t.Fatal(a.Kind, err, found)
		}
	}
	return c
}

// fresh is somebody who has just proved who they are.
func (o *office) fresh(login string) context.Context {
	a := auth.From(o.as(login))
	a.Proof = auth.Proof{By: "password"}
	return auth.With(o.t.Context(), a)
}

// Two offices close a month, one with a mistake that its check finds; the province adds
// them up; what is put right afterwards is a revision; both sides sign, not the author.
func TestClosing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d, time.Date(2026, 10, 20, 3, 0, 0, 0, time.UTC))
		id := o.trial()
		o.opened("ksv", "1/2026/HS", "2026-10-05")
		o.opened("ksv", "2/2026/HS", "2026-10-06")
		o.opened("ksv_kv2", "1/2026/HS", "2026-10-07")
		p := period.Of(period.Month, "2026-10-15")
		if _, err := o.Close(o.as("thongke"), id, "", p, ""); !errors.Is(err, ErrNotOver) {
			t.Errorf("closed before its end: %v", err)
		}
		o.clock = time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC)
		wrong := o.opened("ksv", "3/2026/HS", "2026-10-08")
		if _, _, err := o.cases.Record(o.as("ksv"), wrong.ID, ledger.Act{Kind: "investigation.terminate", At: "2026-10-09", Reason: "no_crime"}); err != nil {
			t.Fatal(err)
		}
		if _, err := o.Close(o.as("thongke"), id, "", p, ""); !errors.Is(err, ErrReason) {
			t.Errorf("closed with a check that fails and no reason: %v", err)
		}
		at, hidden, err := o.Faults(o.as("thongke"), id, "can-doi", "a", "", p)
		if err != nil || hidden != 0 || len(at) != 1 || at[0].Case != wrong.ID || at[0].Off != 1 {
			t.Errorf("at fault %+v, hidden %d, %v", at, hidden, err)
		}
		three, err := o.Close(o.as("thongke"), id, "", p, "Vụ 3 đình chỉ trong kỳ, biểu thử không có dòng đình chỉ")
		o.ok(err)
		if three.Due != "2026-11-03" {
			t.Errorf("due on %s", three.Due)
		}
		if _, err := o.Close(o.as("thongke"), id, "", p, "nữa"); !errors.Is(err, ErrSame) {
			t.Errorf("closed twice the same: %v", err)
		}

		// The province lacks an office, then has it.
		_, err = o.Close(o.as("thongketinh"), id, "", p, "")
		if !errors.Is(err, ErrReason) {
			t.Errorf("consolidated without all offices: %v", err)
		}
		_, err = o.Close(o.as("thongke2"), id, "", p, "")
		o.ok(err)
		whole, err := o.Close(o.as("thongketinh"), id, "", p, "Các khu vực khác chưa có vụ án")
		o.ok(err)
		if n, _ := whole.Body.Values.Get("2", "a"); n != 4 || len(whole.Body.Sources) != 2 {
			t.Errorf("the province has %v new cases from %d offices", n, len(whole.Body.Sources))
		}

		// What is entered late shows as a drift until it is closed again.
		o.opened("ksv", "4/2026/HS", "2026-10-30")
		drift, err := o.Drift(o.as("thongke"), three.ID)
		if want := []Drift{{"2", "a", 3, 4}, {"3", "a", 2, 3}}; err != nil || !slices.Equal(drift, want) {
			t.Errorf("drift %v, %v; want %v", drift, err, want)
		}
		again, err := o.Close(o.as("thongke"), id, "", p, "Vụ 4 nhập muộn")
		if err != nil || again.Revision != 2 {
			t.Fatal(again.Revision, err)
		}
		if old, err := o.Closing(o.as("thongke"), three.ID); err != nil || old.Digest != three.Digest {
			t.Errorf("the first closing changed: %v", err)
		}

		if err := o.Sign(o.fresh("thongke"), again.ID); !errors.Is(err, ErrOwnWork) {
			t.Errorf("signed by its author: %v", err)
		}
		late := auth.From(o.as("vientruong"))
		late.Proof = auth.Proof{By: auth.ByPassword, Ago: time.Hour}
		if err := o.Sign(auth.With(t.Context(), late), again.ID); !errors.Is(err, auth.ErrFresh) {
			t.Errorf("signed without a fresh proof: %v", err)
		}
		if err := o.Sign(o.fresh("vientruong"), three.ID); !errors.Is(err, ErrOld) {
			t.Errorf("an old revision was signed: %v", err)
		}
		o.ok(o.Sign(o.fresh("vientruong"), again.ID))
		if err := o.Sign(o.fresh("vientruong"), again.ID); !errors.Is(err, ErrSigned) {
			t.Errorf("signed twice: %v", err)
		}
		if err := o.SignedOnPaper(o.as("thongke"), again.ID, Court, "A", "B", "C"); !errors.Is(err, ErrSide) {
			t.Errorf("signed by a side that has no part in it: %v", err)
		}

		// The police sign the very file, with a key of their own.
		dev, err := pki.NewDevelopment(rand.Reader, o.clock.Add(-time.Hour))
		o.ok(err)
		police, err := dev.Issue(pki.Subject{Name: "Công an xã Mường Hum", Office: "Công an tỉnh Lào Cai"}, o.clock.Add(-time.Hour), o.clock.AddDate(1, 0, 0))
		o.ok(err)
		stamper := &stamp.Authority{Identity: dev.Stamping(), Policy: pki.DevelopmentPolicy, Now: func() time.Time { return o.clock }, Rand: rand.Reader}
		o.Journal.Use(seal.Keys{Roots: dev.Roots(), Development: true})
		sheet, err := o.Paper(o.as("thongke"), again)
		o.ok(err)
		evidence, err := dev.Evidence(o.clock, police)
		o.ok(err)
		signed, err := pades.Sign(t.Context(), sheet, pades.Options{Signer: police, Stamp: stamper.Stamp, Evidence: evidence, Now: o.clock, Rand: rand.Reader, Reason: "Thống nhất số liệu"})
		o.ok(err)
		broken := slices.Clone(signed)
		broken[len(sheet)+200] ^= 1
		for what, file := range map[string][]byte{"another file": bytes.Replace(signed, []byte("%PDF-1"), []byte("%PDF-2"), 1), "not signed": sheet, "altered": broken} {
			if err := o.SignedOnPDF(o.as("thongke"), again.ID, Police, file); !errors.Is(err, ErrSignFile) {
				t.Errorf("%s was taken: %v", what, err)
			}
		}
		o.ok(o.SignedOnPDF(o.as("thongke"), again.ID, Police, signed))
		c, err := o.Closing(o.as("thongke"), again.ID)
		o.ok(err)
		f, err := o.Form(o.as("thongke"), id, p)
		o.ok(err)
		if !c.Complete(f) || !strings.Contains(c.Signed[1].Name, "Công an xã") {
			t.Errorf("signed by %+v", c.Signed)
		}

		list, err := o.Closings(o.as("thongketinh"), "lao-cai-kv3", "", page.Req{})
		if err != nil || len(list.Items) != 2 || list.Items[0].Revision != 2 {
			t.Errorf("%d closings, %v", len(list.Items), err)
		}
		if _, err := o.Closing(o.as("thongke2"), again.ID); !errors.Is(err, ErrClosing) {
			t.Errorf("another office reads it: %v", err)
		}
		below, err := o.Below(o.as("thongketinh"), id, "", p)
		o.ok(err)
		for _, b := range below {
			if b.Late {
				t.Errorf("%s is late on the first day", b.Office.ID)
			}
		}
	})
}
