from django.urls import path

from portal.files import views

urlpatterns = [
    path("files/<slug:public_id>/", views.download, name="file"),
    path("staff/files/<slug:public_id>/", views.staff_picture, name="staff-file"),
]
