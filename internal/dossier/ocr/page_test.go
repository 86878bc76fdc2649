package ocr

import (
	"context"
	"strings"
	"testing"

	"congminh/internal/dossier/ocr/score"
	"congminh/internal/dossier/raster"
	"congminh/internal/dossier/raster/degrade"
	"congminh/internal/dossier/scan"
)

// A page is read as a person says it stands, whatever the machine would think.
func TestReadTurned(t *testing.T) {
	r := reader(t, Options{Access: true, Thumb: true})
	page := white(2480, 3508)
	write300(page, vietnamese(t), lines, 330, 400)
	for _, turn := range []int{90, 180, 270} {
		img := raster.TurnImage(degrade.Apply(page, degrade.Clean, 3), 360-turn)
		p := scan.Page{File: store(t, "page", img, 75), Format: "jpeg", DPI: dpi}
		s, err := r.ReadTurned(context.Background(), p, turn)
		if err != nil {
			t.Fatal(err)
		}
		if e := score.CER(s.Page.Text, strings.Join(lines, "\n")); e > 0.01 || s.Page.Rotation != turn || s.Page.W != 2480 {
			t.Errorf("turned by %d: CER %.2f %%, rotation %d, %d wide", turn, 100*e, s.Page.Rotation, s.Page.W)
		}
		wrong, err := r.ReadTurned(context.Background(), p, (turn+180)%360)
		if err != nil {
			t.Fatal(err)
		}
		if wrong.Page.Rotation != (turn+180)%360 || score.CER(wrong.Page.Text, strings.Join(lines, "\n")) < 0.5 {
			t.Errorf("turned the wrong way it was turned back: rotation %d", wrong.Page.Rotation)
		}
	}
}
