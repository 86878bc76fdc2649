package operation

import (
	"context"
	"net/http"
	"time"

	"github.com/a-h/templ"

	"congminh/internal/kit/job"
	"congminh/internal/kit/web"
)

func (s *Service) web(m *web.Mux) {
	m.Menu("Việc nền", "/admin/jobs", MayRead)
	m.Menu("Hệ thống", "/admin/system", MayRead)
	m.Flash("job.retried", "Đã cho chạy lại.")
	m.Flash("job.cancelled", "Đã dừng công việc.")
	m.Flash("job.discarded", "Đã bỏ công việc.")
	m.Page("GET /admin/jobs", MayRead, s.jobsWeb)
	m.Page("GET /admin/jobs/events", MayRead, s.eventsWeb)
	m.Page("POST /admin/jobs/retry", MayManage, s.retryAllWeb)
	m.Page("POST /admin/jobs/{id}/retry", MayManage, s.changeWeb(s.Retry, "job.retried"))
	m.Page("POST /admin/jobs/{id}/cancel", MayManage, s.changeWeb(s.Cancel, "job.cancelled"))
	m.Page("POST /admin/jobs/{id}/discard", MayManage, s.changeWeb(s.Discard, "job.discarded"))
	m.Page("GET /admin/system", MayRead, s.systemWeb)
}

func (s *Service) jobsWeb(w http.ResponseWriter, r *http.Request) error {
	var f job.Filter
	if err := web.Form(r, &f); err != nil {
		return err
	}
	st, err := s.State(r.Context())
	if err != nil {
		return err
	}
	rows, err := s.Jobs(r.Context(), f)
	if err != nil {
		return err
	}
	if web.Fragment(r) {
		return web.Show(w, r, http.StatusOK, jobTable(rows, f))
	}
	return web.Show(w, r, http.StatusOK, jobsPage(st, rows, f))
}

// eventsWeb tells the numbers of the page as they change.
func (s *Service) eventsWeb(w http.ResponseWriter, r *http.Request) error {
	return web.Events(w, r, func(ctx context.Context, send func(string, templ.Component) error) error {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		var last State
		for {
			st, err := s.State(ctx)
			if err != nil {
				return err
			}
			if st.Waiting != last.Waiting || st.Running != last.Running || st.Failed != last.Failed {
				if err := send("numbers", numbers(st)); err != nil {
					return nil
				}
				last = st
			}
			select {
			case <-ctx.Done():
				return nil
			case <-tick.C:
			}
		}
	})
}

func (s *Service) retryAllWeb(w http.ResponseWriter, r *http.Request) error {
	if _, err := s.RetryAll(r.Context()); err != nil {
		return err
	}
	return web.Done(w, r, "/admin/jobs", "job.retried")
}

func (s *Service) changeWeb(f func(context.Context, JobID) error, code string) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := f(r.Context(), JobID(r.PathValue("id"))); err != nil {
			return err
		}
		return web.Done(w, r, "/admin/jobs", code)
	}
}

func (s *Service) systemWeb(w http.ResponseWriter, r *http.Request) error {
	st, err := s.State(r.Context())
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, systemPage(st))
}
