package quality

import (
	"crypto/rand"
	"fmt"
	"io/fs"

	"congminh/internal/stats"
)

// loadReview reads how cases are chosen, the sheets and the grades.
func loadReview(e *Engines, over fs.FS, figures stats.Engines) error {
	m := &e.Review
	m.Seed = rand.Text // 26 letters and digits, 130 bits
	if err := files(over, "selection.toml", func(_ string, text []byte) error {
		if err := strict(text, &m.Selection); err != nil {
			return err
		}
		return m.Selection.check(figures.Figures.Has)
	}); err != nil {
		return err
	}
	if err := files(over, "grades.toml", func(_ string, text []byte) error {
		if err := strict(text, &m.Grades); err != nil {
			return err
		}
		return m.Grades.check()
	}); err != nil {
		return err
	}
	seen := map[string]bool{}
	return files(over, "sheets/*.toml", func(_ string, text []byte) error {
		var s Sheet
		if err := strict(text, &s); err != nil {
			return err
		}
		for _, i := range s.Items {
			if seen[i.ID] || i.Weight <= 0 || i.Text == "" || i.Class.VN() == string(i.Class) {
				return fmt.Errorf("item %q: needs its own id, a weight, a text and a class", i.ID)
			}
			seen[i.ID] = true
		}
		m.Sheets = append(m.Sheets, s)
		return nil
	})
}
