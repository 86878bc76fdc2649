package dossier

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/jpeg"
	"strings"
	"testing"

	"congminh/e2e/browser"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/db/dbtest"
)

// photo is a picture with something on it.
func photo(t *testing.T, shade uint8) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 640, 480))
	for y := range 480 {
		for x := range 640 {
			img.Set(x, y, color.RGBA{uint8(x / 3), shade, uint8(y / 2), 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// The list of documents and the exhibits, in a real browser.
func TestExhibitsInBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	b := browser.New(t)
	o := open(t, dbtest.SQLite(t))
	clerk, ksv := o.as("vanthu"), o.as("ksv")
	empty := o.dossier(clerk, 1)
	file := o.dossier(clerk, 0)
	o.papers(file.ID, paperFile{"Quyết định khởi tố vụ án hình sự", "to-tung", 2}, paperFile{"Quyết định phân công Phó Thủ trưởng, Điều tra viên tiến hành tố tụng", "to-tung", 1},
		paperFile{"Lệnh bắt bị can để tạm giam", "ngan-chan", 2}, paperFile{"Biên bản khám xét nơi ở của Giàng Seo Vảng tại thôn Tả Van", "kham-nghiem", 4}, paperFile{"Biên bản hỏi cung bị can", "loi-khai-bi-can", 5},
		paperFile{"Giấy viết tay", "", 1})
	x, err := o.AddExhibit(ksv, file.ID, NewExhibit{Code: "VC-01", Name: "Xe máy Honda Wave màu đỏ, biển số 24B1-000.00", Kind: ThingExhibit, Page: o.minutes(file.ID),
		About: "Xe đã qua sử dụng, gương bên trái vỡ.\nSố khung RLHJA000000000000.", Measures: []Measure{{"Khối lượng", "98,5", "kg"}, {"Dung tích xi lanh", "110", "cm³"}}})
	o.ok(err)
	_, err = o.AddExhibit(ksv, file.ID, NewExhibit{Code: "VC-02", Name: "Điện thoại Nokia 105 màu đen", Kind: ThingExhibit, Page: o.minutes(file.ID)})
	o.ok(err)
	for name, data := range map[string][]byte{"toàn cảnh.jpg": photo(t, 60), "số khung.jpg": photo(t, 160), "camera cửa hàng.mp4": mp4, "ghi âm.mp3": []byte("ID3\x03\x00...."), "trích xuất.zip": []byte("PK\x03\x04....")} {
		_, err := o.AttachFile(ksv, x.ID, name, bytes.NewReader(data))
		o.ok(err)
	}
	police, store := "Công an xã Mường Hum", "Kho vật chứng Thi hành án dân sự khu vực 3"
	for _, c := range []NewCustody{
		{Act: Seize, Giver: "Giàng Seo Vảng", Taker: police, Place: "Thôn Tả Van, xã Mường Hum", Day: "2026-03-12", Note: "Biên bản khám xét nơi ở"},
		{Act: Seal, Taker: police, Day: "2026-03-12"},
		{Act: StoreIn, Giver: police, Taker: store, Place: "Kệ 3", Day: "2026-03-20"},
		{Act: StoreOut, Giver: "Thủ kho Lý A Chớ", Taker: "Phòng KTHS Công an tỉnh Lào Cai", Day: "2026-04-01", Note: "QĐ trưng cầu giám định số 12"},
	} {
		_, err := o.AddCustody(ksv, x.ID, c)
		o.ok(err)
	}
	home := o.house(t).URL
	draft := home + path(file.ID, "/index")
	b.Axe(t, draft)
	b.Shot(t, "index-draft", 1280, 0)
	o.folios(clerk, file)
	_, err = o.Remark(clerk, file.ID, 4, "erasure", "Dòng thứ ba bị tẩy, sửa ngày 11 thành ngày 12")
	o.ok(err)
	for name, p := range map[string]string{
		"index": path(file.ID, "/index"), "index-group": path(file.ID, "/index?order=group"), "index-one": path(file.ID, "/index?group=to-tung"), "index-empty": path(empty.ID, "/index"),
		"exhibits": path(file.ID, "/exhibits"), "exhibits-empty": path(empty.ID, "/exhibits"), "exhibits-none": path(file.ID, "/exhibits?q=xyz"),
		"exhibit": exhibitPath(x.ID, ""), "exhibit-edit": exhibitPath(x.ID, "/edit"), "exhibit-new": path(file.ID, "/exhibits/new"),
		"custody": exhibitPath(x.ID, "/custody"), "case": "/cases/" + string(o.cases[0].ID),
	} {
		b.Axe(t, home+p)
		b.Reflow(t, home+p)
		b.Shot(t, name+"-1280", 1280, 0)
		b.Shot(t, name+"-390", 390, 0)
	}
	b.Open(t, home+exhibitPath(x.ID, ""))
	if !browser.Eval[bool](t, b, `document.querySelector(".gallery img").complete && document.querySelectorAll(".gallery video[controls]").length === 1`) {
		t.Error("the pictures do not show")
	}
	b.Prefer(t, "print")
	for name, p := range map[string]string{"index": path(file.ID, "/index"), "custody": exhibitPath(x.ID, "/custody"), "exhibits": path(file.ID, "/exhibits")} {
		b.Open(t, home+p)
		b.Shot(t, "print-"+name, 1100, 0)
		if got := b.Text(t, "main"); name == "index" && !strings.Contains(strings.ToUpper(got), "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM") {
			t.Errorf("the printed %s has no head: %s", name, got)
		}
	}
	b.NoOutside(t)
}

// minutes is the first page of the surest minutes of a file.
func (o *office) minutes(d ID) PageID {
	o.t.Helper()
	ms, err := o.MinutesIn(o.as("ksv"), d)
	o.ok(err)
	return ms[0].Page
}

// folios numbers a file as if who had done it.
func (o *office) folios(who context.Context, d Dossier) {
	o.t.Helper()
	pages, err := o.store.pages(who, d.ID)
	o.ok(err)
	for i, p := range pages {
		o.ok(o.store.setFolio(who, d, Slot{Page: p.ID, Folio: i + 1}, "top-right", noon, auth.From(who).ID))
	}
	d.LastFolio = len(pages)
	o.ok(o.store.update(who, d))
	o.ok(o.note(who, d.ID, "Đánh số "+Cite(1, d.LastFolio), ""))
}
