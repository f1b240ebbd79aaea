import API
import Hummingbird

extension RouteTable {
    /// What is about the controller as a whole.
    func addSystem(_ controller: Services) {
        json(.version) { _, _ in VersionView(version: controller.site.options.version) }
        on(.health) { _, _ in
            Response(
                status: .ok,
                headers: [.contentType: "text/plain; charset=utf-8"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: "ok\n"))
            )
        }
        on(.openAPI) { _, _ in
            Response(
                status: .ok,
                headers: [.contentType: "application/json; charset=utf-8"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: OpenAPIDocument.bytes))
            )
        }
        on(.metrics) { _, _ in
            Response(
                status: .ok,
                headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: controller.metricsText.text()))
            )
        }
        json(.status) { _, _ in try controller.views.status(started: controller.started) }
        on(.events) { request, _ in try EventRoutes.answer(controller, request, task: nil) }
    }
}
