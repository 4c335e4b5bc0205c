from django.urls import path

from portal.jobs import views

urlpatterns = [path("staff/jobs/", views.dead_jobs, name="staff-jobs")]
