{{ stage('lead', person_fields()) }}
