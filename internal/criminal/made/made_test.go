package made

import (
	"reflect"
	"testing"
)

// A case is the same every time, its acts are in order, and enough of a thousand are
// still open to measure with.
func TestMake(t *testing.T) {
	open, acts := 0, 0
	for n := range 1000 {
		c := Make(n, 25, "2026-11-28")
		if n < 20 && !reflect.DeepEqual(c, Make(n, 25, "2026-11-28")) {
			t.Fatal("not the same twice")
		}
		for i, a := range c.Ledger.Acts {
			if i > 0 && a.At < c.Ledger.Acts[i-1].At || a.At > "2026-11-28T23:00" {
				t.Fatalf("case %d: act %d at %s is out of order", n, i, a.At)
			}
		}
		acts += len(c.Ledger.Acts)
		if k := c.Ledger.Acts[len(c.Ledger.Acts)-1].Kind; k != "enforcement.done" {
			open++
		}
	}
	if open < 200 || acts < 20_000 {
		t.Errorf("%d open, %d acts of 1,000 cases", open, acts)
	}
	t.Log(open, acts)
}
