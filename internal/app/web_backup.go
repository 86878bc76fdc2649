package app

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/a-h/templ"

	"congminh/internal/kit/fault"
	"congminh/internal/kit/job"
	"congminh/internal/kit/page"
	"congminh/internal/kit/web"
	"congminh/internal/operation"
	"congminh/internal/seal"
	"congminh/internal/site"
)

const backupPage = "/system/backup"

var errNoDrill = fault.New(fault.Conflict, "app.no-drill", "Chưa thử được: máy chủ không có khóa mở (backup.identity) hoặc chưa có nơi sao lưu (backup.to).")

// webBackup registers the page that says how the data is backed up.
func (a *App) webBackup() {
	m := a.Pages
	m.Menu("Sao lưu", backupPage, operation.MayRead)
	m.Flash("backup.drill", "Đang thử phục hồi. Kết quả hiện trên trang này.")
	m.Page("GET "+backupPage, operation.MayRead, func(w http.ResponseWriter, r *http.Request) error {
		s, err := a.Backups(r.Context())
		if err != nil {
			return err
		}
		j, err := a.drillNow(r.Context())
		if err != nil {
			return err
		}
		return web.Show(w, r, http.StatusOK, backupView(s, j, a.Config.Backup.Every))
	})
	m.Page("GET "+backupPage+"/events", operation.MayRead, a.drillEvents)
	m.Page("POST "+backupPage+"/drill", operation.MayManage, a.drillWeb)
}

// drillNow is the drill that waits or runs, or was the last.
func (a *App) drillNow(ctx context.Context) (job.Job, error) {
	all, err := a.Jobs.List(ctx, job.Filter{Kind: drillJob, Req: page.Req{Limit: 1}})
	if err != nil || len(all.Items) == 0 {
		return job.Job{}, err
	}
	return all.Items[0], nil
}

// drillEvents tells how far a drill has come, and when it ended.
func (a *App) drillEvents(w http.ResponseWriter, r *http.Request) error {
	return web.Events(w, r, func(ctx context.Context, send func(string, templ.Component) error) error {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		var last job.Job
		for {
			j, err := a.drillNow(ctx)
			if err != nil {
				return err
			}
			if j.ID != last.ID || j.State != last.State || j.Ready != last.Ready {
				if err := send("drill", drillProgress(j)); err != nil {
					return nil // the reader went
				}
				last = j
			}
			select {
			case <-ctx.Done():
				return nil
			case <-tick.C:
			}
		}
	})
}

// drillWeb has a restore tried now.
func (a *App) drillWeb(w http.ResponseWriter, r *http.Request) error {
	if !web.Sure(r) {
		return web.Show(w, r, http.StatusOK, site.ConfirmPage(site.Page{Nav: backupPage}, drillAsk(r.Context())))
	}
	if a.Config.Backup.Identity == "" || a.Config.Backup.To == "" {
		return errNoDrill
	}
	err := a.DB.Tx(r.Context(), func(ctx context.Context) error {
		if err := a.Jobs.PutUnique(ctx, drillJob, "schedule", json.RawMessage(`{}`)); err != nil {
			return err
		}
		return a.Seal.Note(ctx, seal.Entry{Verb: "backup.drill", Object: "backup"})
	})
	if err != nil {
		return err
	}
	return web.Done(w, r, backupPage, "backup.drill")
}
