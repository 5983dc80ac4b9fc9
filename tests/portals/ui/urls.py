"""The product's addresses with the showcase, which is otherwise only there in DEBUG."""

from django.urls import include, path

from keyturn.config import urls as product

urlpatterns = [path("admin/", include("keyturn.portals.ui.urls")), *product.urlpatterns]
handler400, handler403 = product.handler400, product.handler403
handler404, handler500 = product.handler404, product.handler500
