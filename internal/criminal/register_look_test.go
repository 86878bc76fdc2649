package criminal

import (
	"log/slog"
	"testing"
	"time"

	"congminh/e2e/browser"
	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/db/dbtest"
	"congminh/internal/kit/job"
)

// The pages of registers, numbers, lists and minutes in a real browser: readable,
// reachable, within the screen, and on paper.
func TestRegisterLooks(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	b := browser.New(t)
	k := demoDesk(t, dbtest.SQLite(t))
	jobs := job.NewRunner(k.store.db, slog.New(slog.DiscardHandler), func() time.Time { return noon })
	k.Module().Jobs(jobs)
	k.login = "vientruong"
	ctx := k.as(k.login)
	one := k.cases["01/2026/HS"].ID
	over, _, err := k.Record(ctx, one, ledger.Act{Kind: "file.handover", Reason: "police_procuracy", At: "2026-11-20T08:30", By: "police", Issuer: "Cơ quan CSĐT Công an tỉnh Lào Cai",
		Fields: map[string]string{"pages": "120", "exhibits": "01 xe máy Honda Wave"}})
	k.ok(err)
	asked, _, err := k.Record(ctx, one, ledger.Act{Kind: "violation.recommend", At: "2026-11-19", Fields: map[string]string{"body": "Công an xã Mường Hum", "content": "Chậm gửi quyết định"}})
	k.ok(err)
	_, _, err = k.Void(ctx, one, asked.ID, "Ghi nhầm vụ án")
	k.ok(err)
	draft, err := k.BeginImport(ctx, NewImport{Form: "cases", Text: caseList})
	k.ok(err)
	done, err := k.BeginImport(ctx, NewImport{Form: "cases", Text: caseList})
	k.ok(err)
	k.ok(k.CommitImport(ctx, done.ID))
	k.ok(jobs.Drain(t.Context()))
	runs, err := k.BeginImport(ctx, NewImport{Form: "cases", Text: "Số vụ án\tHọ tên\n90/2026/HS\tA\n91/2026/HS\tB\n"})
	k.ok(err)
	k.ok(k.CommitImport(ctx, runs.ID))
	home := k.serve()
	for name, path := range map[string]string{
		"registers": "/registers", "register": "/registers/investigation?from=2024-01-01", "register-arrest": "/registers/arrest?from=2024-01-01", "register-suspended": "/registers/suspended",
		"register-empty": "/registers/cassation", "register-print": "/registers/arrest/print?from=2024-01-01", "numbers": "/numbers", "book": "/numbers/book?book=KN-VKS&year=2026",
		"imports": "/cases/import", "import-draft": importAt(draft.ID, ""), "import-wrong": importAt(draft.ID, "?state=wrong"), "import-done": importAt(done.ID, ""), "import-runs": importAt(runs.ID, ""),
		"minutes": actAt(one, over.ID, "/minutes"),
	} {
		b.Axe(t, home+path)
		b.Reflow(t, home+path)
		b.Shot(t, name+"-1440", 1440, 0)
		b.Shot(t, name+"-390", 390, 0)
	}
	b.Prefer(t, "print")
	for name, path := range map[string]string{"register": "/registers/arrest/print?from=2024-01-01", "minutes": actAt(one, over.ID, "/minutes")} {
		b.Open(t, home+path)
		b.Shot(t, "paper-"+name, 1000, 0)
	}
	b.NoOutside(t)
}
