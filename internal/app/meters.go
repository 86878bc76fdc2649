package app

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// meters is what the program tells of itself, for Prometheus. Routes are told by
// their pattern, never by address: an address may name a case.
type meters struct {
	http.Handler
	requests *prometheus.HistogramVec
}

func newMeters(a *App) *meters {
	reg := prometheus.NewRegistry()
	m := &meters{
		Handler: promhttp.HandlerFor(reg, promhttp.HandlerOpts{}),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "congminh_request_seconds", Help: "Time to answer a request, by route and status.",
			Buckets: []float64{.005, .02, .05, .1, .2, .5, 1, 5, 30},
		}, []string{"route", "status"}),
	}
	reg.MustRegister(m.requests, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), jobMeter{a})
	return m
}

// count measures every request that mux has a route for.
func (m *meters) count(mux *http.ServeMux, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, route := mux.Handler(r)
		if route == "" {
			route = "none"
		}
		s := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		timer := prometheus.NewTimer(prometheus.ObserverFunc(func(v float64) {
			m.requests.WithLabelValues(route, strconv.Itoa(s.status)).Observe(v)
		}))
		defer timer.ObserveDuration()
		next.ServeHTTP(s, r)
	})
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach what w wraps, to flush event streams.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// jobMeter counts the jobs when it is asked.
type jobMeter struct{ a *App }

var jobsDesc = prometheus.NewDesc("congminh_jobs", "Jobs by kind and state.", []string{"kind", "state"}, nil)

// Describe is part of prometheus.Collector.
func (jobMeter) Describe(c chan<- *prometheus.Desc) { c <- jobsDesc }

// Collect is part of prometheus.Collector.
func (m jobMeter) Collect(c chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	counts, err := m.a.Jobs.Counts(ctx)
	if err != nil {
		c <- prometheus.NewInvalidMetric(jobsDesc, err)
		return
	}
	for kind, states := range counts {
		for state, n := range states {
			c <- prometheus.MustNewConstMetric(jobsDesc, prometheus.GaugeValue, float64(n), kind, string(state))
		}
	}
}
