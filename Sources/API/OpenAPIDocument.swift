/// The OpenAPI 3.1 document of the controller's API, as `GET /v1/openapi.json` answers with it.
package enum OpenAPIDocument {
    /// JSON, in UTF-8.
    package static var bytes: [UInt8] { PackageResources.openapi_json }
}
