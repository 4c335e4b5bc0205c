"""The mail room's addresses, under staff/parcels/."""

from django.urls import path

from renewals.staff_views import parcel_in, parcel_key, parcels, parcels_out

urlpatterns = [
    path("", parcels.index, name="staff-parcels"),
    path("arrive/", parcels.arrive, name="staff-parcel-arrive"),
    path("in/<str:public_id>/", parcel_in.parcel, name="staff-parcel"),
    path("in/<str:public_id>/checked/", parcel_in.check_off, name="staff-parcel-checked"),
    path("keys/<str:public_id>/", parcel_key.key, name="staff-parcel-key"),
    path("keys/<str:public_id>/<slug:what>/", parcel_key.act, name="staff-parcel-key-act"),
    path("orders/<str:public_id>/", parcels_out.order, name="staff-parcel-order"),
    path("orders/<str:public_id>/<slug:what>/", parcels_out.act, name="staff-parcel-order-act"),
    path("out/<str:public_id>/label/", parcels_out.label, name="staff-parcel-label"),
    path("out/<str:public_id>/list/", parcels_out.packing_list, name="staff-parcel-list"),
    path("out/<str:public_id>/<slug:what>/", parcels_out.act_on_parcel, name="staff-parcel-act"),
]
